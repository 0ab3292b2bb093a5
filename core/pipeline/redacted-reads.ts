import { findExpressions, findTargetConditions } from "../actions/find-expressions.ts";
import { SECRET_PATHS } from "../redaction/redact.ts";
import { formatFieldPattern, EACH, type FieldPattern } from "../json/field-pattern.ts";
import { isAffected, findReadPaths, type ReadPath, type ReadPaths } from "../cel/read-paths.ts";
import type { PipelineIssue, Rule } from "./pipeline.ts";
import type { Redaction } from "../redaction/redactor.ts";

type Place = readonly (string | number)[];

/** What an expression of a rule reads of an object, and its place in the rule. */
type Reading = {
  readonly place: Place;
  readonly reads: ReadPaths;
  /** Whether the object is the trigger; else it is one that the rule acts upon or has created. */
  readonly ofTrigger: boolean;
};

/**
 * The places at which rules read fields that never leave the cluster: the fields would be missing, and the rule would decide by
 * that. In doubt a field counts as read: the object as a whole includes all fields, and a computed key may name any of them.
 */
export function findRedactedReads(
  rules: readonly Rule[],
  redactions: readonly Redaction[],
): readonly PipelineIssue[] {
  return rules.flatMap((rule, index) =>
    toReadings(rule, ["rules", index]).flatMap(({ place, reads, ofTrigger }) => {
      const { resource } = rule.on;
      const own = redactions.filter((entry) => !ofTrigger || entry.resource === resource);
      const paths = own.flatMap(({ resource: of, paths: all }) =>
        all.map((path) => ({ of, path })),
      );
      const builtin = SECRET_PATHS.map((path) => ({ of: "secrets", path }));
      const found = [...(ofTrigger && resource === "secrets" ? builtin : []), ...paths].find(
        ({ path }) => reads === "all" || reads.some((read) => isAffected(read, path)),
      );
      return found === undefined ? [] : [toIssue(place, reads, found)];
    }),
  );
}

function toIssue(
  path: Place,
  reads: ReadPaths,
  redacted: { readonly of: string; readonly path: FieldPattern },
): PipelineIssue {
  const what = `${formatFieldPattern(redacted.path)} of ${redacted.of} never leaves the cluster`;
  const message =
    reads === "all"
      ? `uses object as a whole, and ${what}`
      : `reads a field that is not there: ${what}`;
  const way = reads === "all" ? "name the fields that you need" : "use another field";
  const hint = redacted.of === "secrets" ? way : `${way}, or remove the path from redact`;
  return { path, message, hint };
}

/** What a rule reads of the object whose change it matches; "all" if it uses the object as a whole. */
export function findTriggerReads(rule: Rule): ReadPaths {
  const own = toReadings(rule, []).filter(({ ofTrigger }) => ofTrigger);
  const paths = own.map(({ reads }) => reads);
  return paths.some((reads) => reads === "all") ? "all" : paths.flat().filter(isReadPath);
}

function isReadPath(read: ReadPath | string): read is ReadPath {
  return typeof read !== "string";
}

function toReadings(rule: Rule, place: Place): readonly Reading[] {
  const { where, at, whereTarget, verify, once } = rule;
  const readings: Reading[] = [];
  const add = (source: string | undefined, keys: Place, ofTrigger = true): void => {
    if (source === undefined) return;
    readings.push({ place: [...place, ...keys], reads: findReadPaths(source), ofTrigger });
  };
  add(where, ["where"]);
  add(at, ["at"]);
  add(whereTarget, ["whereTarget"], false);
  add(verify?.expression, ["verify", "where"], false);
  for (const list of ["then", "onFailure"] as const) {
    for (const [index, { action, parameters }] of rule[list]?.entries() ?? []) {
      for (const { source, path } of findExpressions(action, parameters)) {
        add(source, [list, index, action, ...path]);
      }
      for (const { source, path } of findTargetConditions(parameters)) {
        add(source, [list, index, action, ...path], false);
      }
    }
  }
  if (once.type === "key") add(once.expression, ["once", "key"]);
  if (once.type === "condition") {
    const reads = ["type", "lastTransitionTime"].map((field) => ({
      path: ["status", "conditions", EACH, field],
      whole: true,
    }));
    readings.push({ place: [...place, "once"], reads, ofTrigger: true });
  }
  return readings;
}
