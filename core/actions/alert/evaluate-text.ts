import { describeJson } from "../../json/describe-json.ts";
import { limitBytes } from "../../text/limit-text.ts";
import { compileExpression, type Bindings } from "../../cel/compile.ts";

/**
 * Evaluates a CEL expression to a text for people. An alert is never lost because of its summary: if the expression cannot be
 * evaluated, the text says so instead, about `what`.
 */
export function evaluateText(expression: string, bindings: Bindings, what = "summary"): string {
  const compiled = compileExpression(expression);
  if (!compiled.ok) return `(the ${what} is not valid CEL: ${compiled.error.message})`;
  const answer = compiled.value.evaluate(bindings);
  switch (answer.outcome) {
    case "value":
      return limitSummary(
        typeof answer.value === "string"
          ? answer.value
          : describeJson(answer.value, SUMMARY_MAX_BYTES),
      );
    case "unknown":
      return `(the ${what} reads ${answer.path}, which is not there)`;
    case "error":
      return `(the ${what} cannot be evaluated: ${answer.message})`;
  }
}

/** People read no longer texts, and a record must keep it. */
export const SUMMARY_MAX_BYTES: number = 4 * 1024;

/** At most 4 KB of UTF-8, with an ellipsis if something is missing. */
export function limitSummary(text: string): string {
  // The end of a text without a limit is not even converted.
  return limitBytes(
    text.length > SUMMARY_MAX_BYTES ? text.slice(0, SUMMARY_MAX_BYTES + 1) : text,
    SUMMARY_MAX_BYTES,
  );
}
