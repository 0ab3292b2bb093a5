import { isObject, readField } from "../json/read-json.ts";
import { findRuleExpressions, type WrittenExpression } from "./contract/rule-value.ts";
import { findAction } from "./registry.ts";

/**
 * The CEL expressions in the parameters of an action: those that it names, and everywhere the values that are written as `{cel: ...}`.
 * All see the trigger.
 */
export function findExpressions(action: string, parameters: unknown): readonly WrittenExpression[] {
  const named = findAction(action)?.expressions ?? [];
  if (!isObject(parameters)) return [];
  return Object.entries(parameters).flatMap(([key, value]) =>
    named.includes(key)
      ? findNamed(value, key)
      : typeof value === "string"
        ? []
        : findRuleExpressions(value, [key]),
  );
}

/** A parameter that is CEL, or a map of CEL. */
function findNamed(value: unknown, key: string): readonly WrittenExpression[] {
  if (typeof value === "string") return [{ source: value, path: [key] }];
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, source]) =>
    typeof source === "string" ? [{ source, path: [key, name] }] : [],
  );
}

/** The condition of an action with many targets; it sees each candidate, not the trigger. */
export function findTargetConditions(parameters: unknown): readonly WrittenExpression[] {
  const path = ["targets", "select", "where"];
  const source = readField(parameters, ...path);
  return typeof source === "string" ? [{ source, path }] : [];
}
