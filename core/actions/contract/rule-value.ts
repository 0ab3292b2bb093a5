import * as v from "valibot";
import { KubemendError } from "../../errors.ts";
import { compileExpression, type Bindings } from "../../cel/compile.ts";
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

/**
 * The value of an expression, as JSON. Throws RuleError (terminal) if it has none: nothing is written that the rule does not say.
 */
export function evaluateValue(expression: string, bindings: Bindings): unknown {
  const compiled = compileExpression(expression);
  const answer = compiled.ok ? compiled.value.evaluate(bindings) : undefined;
  if (answer?.outcome === "value") return answer.value;
  const why = !compiled.ok
    ? compiled.error.message
    : answer?.outcome === "unknown"
      ? `it reads ${answer.path}, which is not there`
      : answer?.message;
  throw new KubemendError("RuleError", `\`${expression}\` gives no value: ${why}`, {
    retryable: false,
  });
}

/** What a rule says, with its expressions evaluated. */
export function readRuleValue(value: unknown, evaluate: (expression: string) => unknown): unknown {
  const cel = readOwn(value, "cel");
  return typeof cel === "string" ? evaluate(cel) : value;
}
