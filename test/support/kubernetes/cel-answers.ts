import { compileExpression } from "../../../core/cel/compile.ts";
import { checkTypes } from "../../../core/cel/types/check-types.ts";
import { ANY } from "../../../core/cel/types/value-type.ts";
import type { Recorded } from "./cel-cases.ts";
import { writeValue, type CelAnswer, type CelCase } from "./cel-oracle.ts";

/** The answer of `kubemend validate` and of an evaluation to the expression on the same object. */
export function answerByOurs({ expression, on }: CelCase, { objects }: Recorded): CelAnswer {
  const own = compileExpression(expression);
  const compiled = compileExpression(writeValue(expression));
  if (!own.ok || !compiled.ok || checkTypes(expression, ANY).faults.length > 0) {
    return { refused: "compiled" };
  }
  const cluster = { name: "c", uid: "u" };
  const now = "2026-01-01T00:00:00.000Z";
  const answer = compiled.value.evaluate({ object: objects[on], cluster, now });
  // The API server trims the message that has the value.
  return answer.outcome === "value"
    ? { value: String(answer.value).trimEnd() }
    : { refused: "evaluated" };
}

/** A refusal is one wherever it happens. */
export function differs(theirs: CelAnswer, ours: CelAnswer): boolean {
  return writeAnswer(theirs) !== writeAnswer(ours);
}

export function writeAnswer(answer: CelAnswer): string {
  return "value" in answer ? answer.value : "refused";
}
