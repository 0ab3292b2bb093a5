import { compileExpression, type Bindings } from "../../cel/compile.ts";

/**
 * Evaluates a CEL expression to a text for people. An alert is never lost because of its summary: if the expression cannot be
 * evaluated, the text says so instead.
 */
export function evaluateText(expression: string, bindings: Bindings): string {
  const compiled = compileExpression(expression);
  if (!compiled.ok) return `(the summary is not valid CEL: ${compiled.error.message})`;
  const answer = compiled.value.evaluate(bindings);
  switch (answer.outcome) {
    case "value":
      return typeof answer.value === "string" ? answer.value : JSON.stringify(answer.value);
    case "unknown":
      return `(the summary reads ${answer.path}, which is not there)`;
    case "error":
      return `(the summary cannot be evaluated: ${answer.message})`;
  }
}
