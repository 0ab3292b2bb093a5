import { compileExpression, type Bindings, type Expression } from "./cel.ts";
import type { Rule } from "./pipeline.ts";

export type ConditionOutcome =
  | { readonly outcome: "holds" | "fails" }
  /** A field that `where` reads is not there. */
  | { readonly outcome: "unknown"; readonly path: string }
  | { readonly outcome: "error"; readonly message: string };

const compiled = new WeakMap<Rule, Expression>();

/** Asks a rule's `where`; a rule without one always holds. Never throws; compiled once a rule. */
export function evaluateCondition(rule: Rule, bindings: Bindings): ConditionOutcome {
  if (rule.where === undefined) return { outcome: "holds" };
  let expression = compiled.get(rule);
  if (expression === undefined) {
    const result = compileExpression(rule.where);
    if (!result.ok) return { outcome: "error", message: result.error.message };
    expression = result.value;
    compiled.set(rule, expression);
  }
  const answer = expression.evaluate(bindings);
  if (answer.outcome !== "value") return answer;
  if (typeof answer.value === "boolean") return { outcome: answer.value ? "holds" : "fails" };
  const type = answer.value === null ? "null" : typeof answer.value;
  return { outcome: "error", message: `where must be true or false, and is ${type}` };
}
