import { findAction } from "../actions/registry.ts";
import { SECRET_PATHS } from "../redaction/redact.ts";
import { formatFieldPattern, EACH, type FieldPattern } from "../json/field-pattern.ts";
import { isAffected, findReadPaths, type ReadPaths } from "../cel/read-paths.ts";
import type { PipelineIssue, Rule, RuleAction } from "./pipeline.ts";
import type { Redaction } from "../redaction/redactor.ts";

type Place = readonly (string | number)[];

/** What a rule reads of an object, and where it says so. */
type Reading = {
  readonly place: Place;
  readonly reads: ReadPaths;
  /** Of the trigger; else of what the rule acts upon or has made. */
  readonly ofTrigger: boolean;
};

/**
 * Where rules read what never leaves the cluster. They would find nothing there, and decide by that. In doubt they do: the object
 * as a whole holds everything, and so does a field that is named by a computed key.
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
    reads === "all" ? `uses object as a whole, and ${what}` : `reads what is not there: ${what}`;
  const way = reads === "all" ? "name the fields that count" : "decide by another field";
  const hint = redacted.of === "secrets" ? way : `${way}, or take the path out of redact`;
  return { path, message, hint };
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
    for (const [index, action] of rule[list]?.entries() ?? []) {
      for (const [key, source] of toExpressions(action)) {
        add(source, [list, index, action.action, key]);
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

function toExpressions({ action, parameters }: RuleAction): readonly [string, string][] {
  return (findAction(action)?.expressions ?? []).flatMap((key): [string, string][] => {
    const source = parameters[key];
    return typeof source === "string" ? [[key, source]] : [];
  });
}
