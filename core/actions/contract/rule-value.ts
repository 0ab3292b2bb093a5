import * as v from "valibot";
import { readOwn } from "../../json/read-json.ts";

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
