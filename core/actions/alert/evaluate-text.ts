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
      return cut(typeof answer.value === "string" ? answer.value : JSON.stringify(answer.value));
    case "unknown":
      return `(the summary reads ${answer.path}, which is not there)`;
    case "error":
      return `(the summary cannot be evaluated: ${answer.message})`;
  }
}

/** Whoever gets the alert reads no more, and a record keeps it. */
const MAX_BYTES = 4 * 1024;
const ELLIPSIS = "…";

/** At most 4 KB of UTF-8, with an ellipsis if something is missing. */
function cut(text: string): string {
  if (text.length * 3 <= MAX_BYTES) return text;
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= MAX_BYTES) return text;
  const room = MAX_BYTES - new TextEncoder().encode(ELLIPSIS).length;
  const kept = new TextDecoder().decode(bytes.subarray(0, room), { stream: true });
  return `${kept}${ELLIPSIS}`;
}
