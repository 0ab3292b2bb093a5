import { isRawInteger } from "../../../events/json.ts";
import { isInt64 } from "../../cel/values/integer.ts";
import { KubemendError } from "../../errors.ts";
import { compileExpression, type Bindings } from "../../cel/compile.ts";

/**
 * The value of an expression, as JSON. Throws RuleError (terminal) if it has none: nothing is written that the rule does not say.
 */
export function evaluateValue(expression: string, bindings: Bindings): unknown {
  const compiled = compileExpression(expression);
  const answer = compiled.ok ? compiled.value.evaluate(bindings) : undefined;
  const fault = answer?.outcome === "value" ? findUnwritable(answer.value) : undefined;
  if (answer?.outcome === "value" && fault === undefined) return answer.value;
  const why = !compiled.ok
    ? compiled.error.message
    : answer?.outcome === "value"
      ? `it contains ${fault}, which no field can hold`
      : answer?.outcome === "unknown"
        ? `it reads ${answer.path}, which is not there`
        : answer?.message;
  throw new KubemendError("RuleError", `\`${expression}\` gives no value: ${why}`, {
    retryable: false,
  });
}

/** What JSON would write as something else, or the API server reads as something else. */
function findUnwritable(value: unknown): string | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? undefined : String(value);
  if (isRawInteger(value)) {
    return isInt64(BigInt(value.rawJSON))
      ? undefined
      : `${value.rawJSON}, which has more than 64 bits`;
  }
  if (typeof value !== "object" || value === null) return undefined;
  for (const item of Object.values(value)) {
    const fault = findUnwritable(item);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
