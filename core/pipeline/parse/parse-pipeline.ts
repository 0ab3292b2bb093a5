import * as v from "valibot";
import { sha256 } from "../../../events/ids.ts";
import { refuse, ok, type Result } from "../../result.ts";
import { toDeclaredAccess } from "../declared-access.ts";
import { toCanonicalJson } from "../../json/canonical-json.ts";
import { findNonJson } from "../../json/find-non-json.ts";
import { isObject, readList } from "../../json/read-json.ts";
import { documentSchema } from "./document-schema.ts";
import type { PipelineDocument, WatchDocument } from "./document.ts";
import { parseRule, checkSelection, toSelection } from "./parse-rule.ts";
import type { Pipeline, PipelineIssue, Rule, WatchEntry } from "../pipeline.ts";
import { findPayloadIssues } from "../projection.ts";
import { findRedactedReads } from "../redacted-reads.ts";
import { toRedaction, findRedactionIssues } from "./parse-redaction.ts";
import { toReceivers } from "../../receivers/receivers-schema.ts";
import { findReceiverIssues } from "../routing/receiver-issues.ts";
import { findRouteIssues } from "../routing/route-issues.ts";
import { toRoute } from "../routing/route-schema.ts";
import { findSchemaIssues } from "./document-issues.ts";

/**
 * Reads a pipeline document (parsed YAML or JSON); never throws. Gives a frozen pipeline, or all its faults at once. Digests
 * are of the document as written: comments, the order of keys and quoting do not count, and a newer Kubemend with other
 * defaults computes the same digests.
 */
export function parsePipeline(document: unknown): Result<Pipeline, readonly PipelineIssue[]> {
  const nonJson = findNonJson(document);
  if (nonJson !== undefined) return refuse([nonJson]);
  const { rules, issues: ruleIssues } = parseRules(toFields(document)["rules"]);
  const issues = [...findDocumentIssues(document), ...ruleIssues];
  const parsed = v.safeParse(documentSchema, document);
  if (issues.length > 0 || !parsed.success) return refuse(dropRepeated(issues));
  const pipeline = toPipeline(parsed.output, rules, sha256(toCanonicalJson(document)));
  const reads = findRedactedReads(rules, pipeline.redact);
  if (reads.length > 0) return refuse(reads);
  const payloadIssues = findPayloadIssues(pipeline);
  return payloadIssues.length > 0 ? refuse(payloadIssues) : ok(freezeDeep(pipeline));
}

/** All faults except those of single rules. */
function findDocumentIssues(document: unknown): readonly PipelineIssue[] {
  const fields = toFields(document);
  const [watches, rules] = [readList(fields["watch"]), readList(fields["rules"])];
  const isEmpty = isObject(document) && watches.length + rules.length === 0;
  const nothing = { path: [], message: "nothing to watch: it has neither rules nor watch entries" };
  return [
    ...findSchemaIssues(documentSchema, document, []),
    ...watches.flatMap((entry, index) => checkSelection(entry, ["watch", index])),
    ...findRepeatedIds(rules),
    ...findRepeatedClusters(fields),
    ...findRedactionIssues(fields["redact"]),
    ...findReceiverIssues(fields),
    ...findRouteIssues(fields),
    ...(isEmpty ? [nothing] : []),
  ];
}

function parseRules(written: unknown): {
  readonly rules: readonly Rule[];
  readonly issues: readonly PipelineIssue[];
} {
  const parsed = readList(written).map((entry, index) => parseRule(entry, ["rules", index]));
  return {
    rules: parsed.flatMap((rule) => (rule.ok ? [rule.value] : [])),
    issues: parsed.flatMap((rule) => (rule.ok ? [] : rule.error)),
  };
}

/** The pipeline of a document without issues. */
function toPipeline(document: PipelineDocument, rules: readonly Rule[], digest: string): Pipeline {
  return {
    cluster: { name: document.cluster.name },
    clusters: (document.clusters ?? []).map(({ name, uid, access }) => ({
      name,
      ...(uid === undefined ? {} : { uid }),
      access: toDeclaredAccess(access),
    })),
    watch: (document.watch ?? []).map(toWatchEntry),
    rules,
    ...(document.receivers === undefined ? {} : { receivers: toReceivers(document.receivers) }),
    ...(document.route === undefined ? {} : { route: document.route.map(toRoute) }),
    redact: (document.redact ?? []).map((entry) => toRedaction(entry)),
    moves: document.moves,
    digest,
  };
}

function toFields(document: unknown): Readonly<Record<string, unknown>> {
  return isObject(document) ? document : {};
}

function toWatchEntry(entry: WatchDocument): WatchEntry {
  const { payload, delivery = "latest" } = entry;
  return { ...toSelection(entry), ...(payload === undefined ? {} : { payload }), delivery };
}

function findRepeatedIds(rules: readonly unknown[]): readonly PipelineIssue[] {
  const first = new Map<string, number>();
  return rules.flatMap((rule, index) => {
    const id = isObject(rule) ? rule["id"] : undefined;
    if (typeof id !== "string") return [];
    const before = first.get(id);
    if (before === undefined) {
      first.set(id, index);
      return [];
    }
    const message = `the id ${id} is used twice, first by rules[${before}]`;
    return [
      {
        path: ["rules", index, "id"],
        message,
        hint: "ids are part of the names of records: each rule needs its own",
      },
    ];
  });
}

function toName(entry: unknown): unknown {
  return isObject(entry) ? entry["name"] : undefined;
}

function findRepeatedClusters(fields: Readonly<Record<string, unknown>>): readonly PipelineIssue[] {
  const names = readList(fields["clusters"]).map(toName);
  return names.flatMap((name, index) => {
    const isRepeated = name === toName(fields["cluster"]) || names.indexOf(name) < index;
    if (typeof name !== "string" || !isRepeated) return [];
    const message = `another cluster already has the name ${name}`;
    return [{ path: ["clusters", index, "name"], message }];
  });
}

/** The schemas of the document and of a rule find the same faults: each is reported once, in the order of the file. */
function dropRepeated(issues: readonly PipelineIssue[]): readonly PipelineIssue[] {
  const unique = new Map(
    issues.map((issue) => [JSON.stringify([issue.path, issue.message]), issue]),
  );
  return [...unique.values()];
}

function freezeDeep<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const field of Object.values(value)) freezeDeep(field);
  }
  return value;
}
