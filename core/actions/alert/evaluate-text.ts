import { compileExpression, type Bindings } from "../../cel/compile.ts";

/**
 * Evaluates a CEL expression to a text for people. An alert is never lost for its summary: what cannot be evaluated says so,
 * in the summary's place.
 */
export function evaluateText(expression: string, bindings: Bindings): string {
  const compiled = compileExpression(expression);
  if (!compiled.ok) return `(the summary is no CEL: ${compiled.error.message})`;
  const answer = compiled.value.evaluate(bindings);
  switch (answer.outcome) {
    case "value":
      return typeof answer.value === "string" ? answer.value : JSON.stringify(answer.value);
    case "unknown":
      return `(the summary reads ${answer.path}, which is not there)`;
    case "error":
      return `(the summary has an error: ${answer.message})`;
  }
}
