import * as v from "valibot";
import { sha256 } from "../../../events/ids.ts";
import { refuse, ok, type Result } from "../../result.ts";
import { toDeclaredAccess } from "../declared-access.ts";
import { toCanonicalJson } from "../../json/canonical-json.ts";
import { findNonJson } from "../../json/find-non-json.ts";
import { isObject } from "../../json/read-json.ts";
import { documentSchema } from "./document-schema.ts";
import type { WatchDocument } from "./document.ts";
import { parseRule, checkSelection, toSelection } from "./parse-rule.ts";
import type { Pipeline, PipelineIssue, Rule, WatchEntry } from "../pipeline.ts";
import { findPayloadIssues } from "../projection.ts";
import { findRedactedReads } from "../redacted-reads.ts";
import { toRedaction, findRedactionIssues } from "./parse-redaction.ts";
import { findSchemaIssues } from "./document-issues.ts";

/**
 * Reads a pipeline document (parsed YAML or JSON); never throws. Either a frozen pipeline, or everything that is wrong
 * with it at once. Digests are of the document as written, so comments, key order and quoting do not count, and a newer
 * Kubemend with new defaults gives the same ones.
 */
export function parsePipeline(document: unknown): Result<Pipeline, readonly PipelineIssue[]> {
  const nonJson = findNonJson(document);
  if (nonJson !== undefined) return refuse([nonJson]);

  const issues: PipelineIssue[] = [...findSchemaIssues(documentSchema, document, [])];
  const fields = isObject(document) ? document : {};
  const watches: readonly unknown[] = Array.isArray(fields["watch"]) ? fields["watch"] : [];
  for (const [index, entry] of watches.entries()) {
    issues.push(...checkSelection(entry, ["watch", index]));
  }
  const rules: Rule[] = [];
  const written: readonly unknown[] = Array.isArray(fields["rules"]) ? fields["rules"] : [];
  for (const [index, entry] of written.entries()) {
    const rule = parseRule(entry, ["rules", index]);
    if (rule.ok) rules.push(rule.value);
    else issues.push(...rule.error);
  }
  issues.push(...findRepeatedIds(written), ...findRepeatedClusters(fields));
  issues.push(...findRedactionIssues(fields["redact"]));
  if (isObject(document) && watches.length + written.length === 0) {
    issues.push({ path: [], message: "nothing to watch: it has neither rules nor watch entries" });
  }
  const parsed = v.safeParse(documentSchema, document);
  if (issues.length > 0 || !parsed.success) return refuse(dropRepeated(issues));
  const redact = (parsed.output.redact ?? []).map((entry) => toRedaction(entry));
  const reads = findRedactedReads(rules, redact);
  if (reads.length > 0) return refuse(reads);
  const watch = (parsed.output.watch ?? []).map(toWatchEntry);
  const payloadIssues = findPayloadIssues({ watch, rules });
  if (payloadIssues.length > 0) return refuse(payloadIssues);
  return ok(
    freezeDeep({
      cluster: { name: parsed.output.cluster.name },
      clusters: (parsed.output.clusters ?? []).map(({ name, uid, access }) => ({
        name,
        ...(uid === undefined ? {} : { uid }),
        access: toDeclaredAccess(access),
      })),
      watch,
      rules,
      redact,
      digest: sha256(toCanonicalJson(document)),
    }),
  );
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
    return [{ path: ["rules", index, "id"], message, hint: "ids name records: one rule each" }];
  });
}

function toName(entry: unknown): unknown {
  return isObject(entry) ? entry["name"] : undefined;
}

function findRepeatedClusters(fields: Readonly<Record<string, unknown>>): readonly PipelineIssue[] {
  const others: readonly unknown[] = Array.isArray(fields["clusters"]) ? fields["clusters"] : [];
  const names = others.map(toName);
  return names.flatMap((name, index) => {
    const isRepeated = name === toName(fields["cluster"]) || names.indexOf(name) < index;
    if (typeof name !== "string" || !isRepeated) return [];
    const message = `another cluster has the name ${name} already`;
    return [{ path: ["clusters", index, "name"], message }];
  });
}

/** The whole document's schema and the one of a rule find the same faults: each is told once, in the file's order. */
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
