import { expect, test } from "vitest";
import { parsePipelineText, type LocatedIssue } from "../../../adapters/pipeline-file.ts";
import { formatIssues } from "../../../adapters/pipeline-issues.ts";
import { findTypeFaults } from "../../../core/pipeline/check/type-faults.ts";
import { loadBuiltinTypes } from "../../../core/schemas/builtin-types.ts";
import { BROKEN_FILES } from "./broken-files.ts";
import { ruleFile } from "./broken/rule-file.ts";

const findType = await loadBuiltinTypes();

/** The faults that `kubemend validate` finds without a cluster. */
function findFaults(text: string): readonly LocatedIssue[] {
  const read = parsePipelineText(text);
  if (!read.ok) return read.error;
  return read.value.locate(findTypeFaults(read.value.pipeline, findType));
}

/** Words of libraries and of JavaScript, which say nothing to the author of a rule. */
const FOREIGN =
  /Invalid (?:type|key|length|value|format)|but received|Expected [("]|Implicit|must be unique|Nested mappings|Unresolved|parseAllDocuments|compact mapp|flow (?:map|sequence)|resource exhaustion|RangeError|TypeError|\bundefined\b|\[object|^\s+at \S+ \(|file:\/\//m;

const FILES = BROKEN_FILES.map(([what, text, message, hint = /(?:)/]) => ({
  what,
  text,
  message,
  hint,
}));

test.each(FILES)("$what", ({ text, message, hint }) => {
  const faults = findFaults(text);
  expect(faults).not.toEqual([]);
  const report = formatIssues("p.yaml", faults);
  expect(report).toMatch(message);
  expect(faults.map((fault) => fault.hint ?? "").join("\n")).toMatch(hint);
  expect(report).not.toMatch(FOREIGN);
  // oxlint-disable-next-line no-control-regex -- that none is there is what is tested
  expect(report.replaceAll("\n", "")).not.toMatch(/[\u0000-\u001f]/);
});

test("there are many of them", () => {
  expect(BROKEN_FILES.length).toBeGreaterThan(100);
});

test("one expression without quotes in { } is one fault", () => {
  const files = BROKEN_FILES.filter(([what]) => /^an unquoted .* in \{ \}$/.test(what));
  expect(files.map(([, text]) => findFaults(text).length)).toEqual(files.map(() => 1));
});

test("what is written as a whole in a wrong form is one fault", () => {
  const files = BROKEN_FILES.filter(
    ([what]) => what === "a JSON patch" || what === "variables as a list",
  );
  expect(files.map(([, text]) => findFaults(text).length)).toEqual([1, 1]);
});

test("once: generation is an episode of a rule that compares fields of the spec", () => {
  const text = ruleFile(
    "on: { resource: deployments.apps, changed: { fields: [spec.template, spec.replicas], unknown: skip } }\nonce: generation",
  );
  expect(findFaults(text)).toEqual([]);
});

test("a Job may be pasted with its apiVersion and kind", () => {
  const spec =
    "spec: { template: { spec: { restartPolicy: Never, containers: [ { name: a, image: a } ] } } }";
  const text = ruleFile(
    `then: [ { createJob: { job: { apiVersion: batch/v1, kind: Job, ${spec} } } } ]`,
  );
  expect(findFaults(text)).toEqual([]);
});
