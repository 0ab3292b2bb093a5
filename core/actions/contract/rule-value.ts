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

/** More is a fault of the file, which is found elsewhere: an alias of YAML may even contain itself. */
const MAX_DEPTH = 50;
const MAX_VALUES = 100_000;

/** Everything in a value that is written as `{cel: ...}`. Total: it ends on any value. */
export function findRuleExpressions(
  value: unknown,
  path: WrittenExpression["path"] = [],
): readonly WrittenExpression[] {
  const found: WrittenExpression[] = [];
  let count = 0;
  const visit = (item: unknown, at: WrittenExpression["path"]): void => {
    count += 1;
    if (count > MAX_VALUES || at.length > MAX_DEPTH) return;
    if (Array.isArray(item)) {
      for (const [index, one] of item.entries()) visit(one, [...at, index]);
      return;
    }
    if (!isObject(item)) return;
    const { cel, ...others } = item;
    if (typeof cel === "string" && Object.keys(others).length === 0) {
      found.push({ source: cel, path: [...at, "cel"] });
      return;
    }
    for (const [key, one] of Object.entries(item)) visit(one, [...at, key]);
  };
  visit(value, path);
  return found;
}
