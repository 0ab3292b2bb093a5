import { readdirSync, readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { ACTION_DOCS } from "../../infra/schema/action-docs.ts";
import { toExampleFile } from "../../infra/schema/example-file.ts";
import { KEY_GROUPS } from "../../infra/schema/key-docs.ts";
import { parsePipelineText } from "../../adapters/pipeline-file.ts";
import { BROKEN_FILES } from "../adapters/pipeline-file/broken-files.ts";
import { ALERTS } from "../adapters/pipeline-file/broken/alerts.ts";
import { DOUBLE_WRITES } from "../adapters/pipeline-file/broken/double-writes.ts";
import { FORGOTTEN_CEL } from "../adapters/pipeline-file/broken/forgotten-cel.ts";
import { LEFT_ALONE } from "../adapters/pipeline-file/broken/guard-limits.ts";
import { JOBS } from "../adapters/pipeline-file/broken/jobs.ts";
import { MIRRORS } from "../adapters/pipeline-file/broken/clusters/mirrors.ts";
import { MOVES } from "../adapters/pipeline-file/broken/clusters/moves.ts";
import { MOVE_RULES } from "../adapters/pipeline-file/broken/clusters/move-rules.ts";
import { SOURCES } from "../adapters/pipeline-file/broken/clusters/sources.ts";
import { PERIODS_READ } from "../adapters/pipeline-file/broken/periods.ts";
import { RELATIONS } from "../adapters/pipeline-file/broken/relations.ts";
import { ruleFile } from "../adapters/pipeline-file/broken/rule-file.ts";
import { SELECTORS } from "../adapters/pipeline-file/broken/selectors.ts";
import { TYPES } from "../adapters/pipeline-file/broken/types.ts";
import { WRITTEN_VALUES } from "../adapters/pipeline-file/broken/written-values.ts";

const ROOT = new URL("../../", import.meta.url);
const PUBLISHED: unknown = JSON.parse(
  readFileSync(new URL("infra/schema/pipeline.schema.json", ROOT), "utf8"),
);
const isValidBySchema = new Ajv({
  strict: true,
  strictRequired: false,
  strictTypes: false,
}).compile(PUBLISHED as object);

const EXAMPLES = readdirSync(new URL("docs/examples/", ROOT))
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => `docs/examples/${name}`);

describe("the published schema accepts", () => {
  test.each([...EXAMPLES, "sandbox/pipeline.yaml"])("%s", (file) => {
    const text = readFileSync(new URL(file, ROOT), "utf8");
    isValidBySchema(parseDocument(text).toJS());
    expect(isValidBySchema.errors).toBeNull();
  });

  const keys = [...KEY_GROUPS, ...Object.values(ACTION_DOCS)].flatMap((group) =>
    group.keys.map((doc) => ({ name: `${group.title}: ${doc.key}`, group, doc })),
  );
  test.each(keys)("the example of $name, as validate does", ({ group, doc }) => {
    const file = toExampleFile(group, doc);
    const read = parsePipelineText(JSON.stringify(file));
    expect(read.ok ? [] : read.error).toEqual([]);
    isValidBySchema(file);
    expect(isValidBySchema.errors).toBeNull();
  });
});

test.each([
  "at: \"'2026-12-24T22:00:00Z'\"",
  "at: object.status.startTime",
  "at: now + duration('1h')",
  "where: \"now.getHours('Europe/Berlin') >= 22\"",
  "where: now > timestamp('2027-01-01T00:00:00Z')",
  'where: "false"',
  "where: object.status.conditions.exists(c, c.type == 'example.com/Checked')",
  "on: { resource: pods, fieldSelector: 'status.phase!=Running,spec.nodeName=a' }",
])("%s is valid, by the published schema too", (line) => {
  const text = ruleFile(line);
  const read = parsePipelineText(text);
  expect(read.ok ? [] : read.error).toEqual([]);
  isValidBySchema(parseDocument(text).toJS());
  expect(isValidBySchema.errors).toBeNull();
});

/** Faults that JSON Schema cannot see: CEL and types, what the cluster's schemas say, duplicates, and what the text is before it is read, and sums. */
const ONLY_VALIDATE: readonly string[] = [
  ...[
    ...ALERTS,
    ...DOUBLE_WRITES,
    ...FORGOTTEN_CEL,
    ...JOBS,
    ...LEFT_ALONE,
    ...MIRRORS,
    ...MOVE_RULES,
    ...SOURCES,
    ...MOVES,
    ...PERIODS_READ,
    ...RELATIONS,
    ...SELECTORS,
    ...TYPES,
    ...WRITTEN_VALUES,
  ].map(([what]) => what),
  "a compared field inside another one",
  "a field of a Secret that is never returned",
  "a kind in small letters, of an Event",
  "a quality of service in other letters",
  "a reason of a container that is nearly right",
  "bytes",
  "targets: the trigger in where",
  "an eviction in another namespace",
  "a restart of a Job",
  "Slack's address at a webhook",
  "a credential of the function's own role",
  "a setting of the function as a credential",
  "the id of the guard of all rules",
  "a webhook with a channel",
  "an address as the name of a receiver",
  "a field that the changed object does not have",
  "a deletion by a short name",
  "a cordon without reach",
  "a drain without reach",
  "a condition of candidates that is none",
  "many targets in all namespaces without reach",
  "many targets in another namespace without reach",
  "many targets of a kind, not of a resource",
  "referrers of what no Pod uses",
  "references of candidates",
  "targets that the trigger chooses, anywhere",
  "an age in hours",
  "a time in words",
  "a status in small letters",
  "a quantity compared with a number",
  "a phase in small letters",
  "a phase in a list",
  "a label with a slash",
  "a kind of change that is none",
  "a format",
  "a day in words",
  "a condition to wait for that is misspelt",
  "a condition of another kind",
  "True",
  "a condition of a kind without",
  "a condition that gives text",
  "a constant that is false",
  "a field that the CronJob does not have",
  "a field that the created Job does not have",
  "a verification that never holds",
  "an action that cannot change the trigger",
  "leaving without a selection",
  "a field that does not exist",
  "a field to redact that does not exist",
  "a field without object",
  "a label selector that cannot be read",
  "a list without a macro",
  "a misspelt field",
  "a moment that is over",
  "a moment that never comes",
  "a moment that no change reports",
  "a negated age",
  "an age that no change reports",
  // A receiver with the name default is enough.
  "an alert to nobody",
  "an unclosed bracket",
  "an unclosed text",
  "and",
  "another namespace with another reach",
  "has() of an index",
  "one equals sign",
  "one word as a summary",
  "plain text as a summary",
  "self",
  "text compared with a number",
  "text with a comma and a dash",
  "the old object",
  "two documents",
  "years",
];

test("the published schema refuses what validate refuses, but for what needs CEL, types or the text itself", () => {
  const accepted = BROKEN_FILES.filter(([, text]) => {
    const document = parseDocument(text, { logLevel: "silent" });
    return document.errors.length === 0 && isValidBySchema(toJson(document));
  });
  expect(accepted.map(([what]) => what).toSorted()).toEqual(ONLY_VALIDATE.toSorted());
});

/** Undefined if it cannot be converted. */
function toJson(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS();
  } catch {
    return undefined;
  }
}
