import { KubemendError } from "../../errors.ts";
import { compileExpression, type Bindings } from "../../cel/compile.ts";

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
