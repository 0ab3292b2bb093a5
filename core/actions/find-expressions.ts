import { isObject } from "../json/read-json.ts";
import { findAction } from "./registry.ts";

export type WrittenExpression = {
  readonly source: string;
  /** The place in the parameters: `["set", "spec.replicas", "cel"]`. */
  readonly path: readonly (string | number)[];
};

/**
 * The CEL expressions in the parameters of an action: those that it names, and everywhere the values that are written as `{cel: ...}`.
 * All see the trigger.
 */
export function findExpressions(action: string, parameters: unknown): readonly WrittenExpression[] {
  const named = findAction(action)?.expressions ?? [];
  if (!isObject(parameters)) return [];
  return Object.entries(parameters).flatMap(([key, value]) =>
    typeof value === "string"
      ? named.includes(key)
        ? [{ source: value, path: [key] }]
        : []
      : findNested(value, [key]),
  );
}

function findNested(value: unknown, path: WrittenExpression["path"]): readonly WrittenExpression[] {
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) => findNested(item, [...path, index]));
  }
  if (!isObject(value)) return [];
  const { cel, ...others } = value;
  if (typeof cel === "string" && Object.keys(others).length === 0) {
    return [{ source: cel, path: [...path, "cel"] }];
  }
  return Object.entries(value).flatMap(([key, item]) => findNested(item, [...path, key]));
}
