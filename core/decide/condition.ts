import { compileExpression, type Bindings } from "../cel/compile.ts";
import type { Rule } from "../pipeline/pipeline.ts";

export type ConditionOutcome =
  | { readonly outcome: "holds" | "fails" }
  /** A field that the expression reads does not exist. */
  | { readonly outcome: "unknown"; readonly path: string }
  | { readonly outcome: "error"; readonly message: string };

/** Evaluates the `where` of a rule; without one the condition always holds. Never throws. */
export function evaluateCondition(rule: Pick<Rule, "where">, bindings: Bindings): ConditionOutcome {
  if (rule.where === undefined) return { outcome: "holds" };
  const answer = evaluate(rule.where, bindings);
  if (answer.outcome !== "value") return answer;
  return toOutcome("where", answer.value);
}

/** Evaluates any expression that must be true or false; error messages begin with its name. Never throws. */
export function evaluateTest(name: string, source: string, bindings: Bindings): ConditionOutcome {
  const answer = evaluate(source, bindings);
  if (answer.outcome === "value") return toOutcome(name, answer.value);
  if (answer.outcome === "unknown") return answer;
  return { outcome: "error", message: `${name}: ${answer.message}` };
}

function evaluate(source: string, bindings: Bindings) {
  const compiled = compileExpression(source);
  if (compiled.ok) return compiled.value.evaluate(bindings);
  return { outcome: "error", message: compiled.error.message } as const;
}

function toOutcome(name: string, value: unknown): ConditionOutcome {
  if (typeof value === "boolean") return { outcome: value ? "holds" : "fails" };
  const type = value === null ? "null" : typeof value;
  return { outcome: "error", message: `${name} must be true or false, and is ${type}` };
}
