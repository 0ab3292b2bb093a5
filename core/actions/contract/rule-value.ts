import * as v from "valibot";
import { isObject, readOwn } from "../../json/read-json.ts";

/** A value as written in the rule, or the CEL expression that gives it, on the trigger. */
export type RuleValue<T> = T | { readonly cel: string };

/** The schema of a value that may be written as `{cel: ...}`. */
export function ruleValueSchema<T>(
  written: v.GenericSchema<unknown, T>,
  expected: string,
): v.GenericSchema<unknown, RuleValue<T>> {
  return v.union([celSchema, written], `expected ${expected} or {cel: <expression>}`);
}

const celSchema = v.strictObject({ cel: v.pipe(v.string(), v.nonEmpty("expected CEL")) });

/** A value as the rule has it, with its expressions evaluated. */
export function readRuleValue(value: unknown, evaluate: (expression: string) => unknown): unknown {
  const cel = readOwn(value, "cel");
  return typeof cel === "string" ? evaluate(cel) : value;
}

export type WrittenExpression = {
  readonly source: string;
  /** The place in the parameters: `["set", "spec.replicas", "cel"]`. */
  readonly path: readonly (string | number)[];
};

/** Everything in a value that is written as `{cel: ...}`. */
export function findRuleExpressions(
  value: unknown,
  path: WrittenExpression["path"] = [],
): readonly WrittenExpression[] {
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) => findRuleExpressions(item, [...path, index]));
  }
  if (!isObject(value)) return [];
  const { cel, ...others } = value;
  if (typeof cel === "string" && Object.keys(others).length === 0) {
    return [{ source: cel, path: [...path, "cel"] }];
  }
  return Object.entries(value).flatMap(([key, item]) => findRuleExpressions(item, [...path, key]));
}
