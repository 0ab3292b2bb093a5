import type { ChangeMessage } from "../../events/change.ts";
import { compileExpression, type Bindings, type Expression } from "../cel/compile.ts";
import { findExclusion, type Decision } from "../decide/decide.ts";
import type { Rule } from "../pipeline/pipeline.ts";
import { splitConjunction } from "./split-conjunction.ts";

const conditions = new WeakMap<Rule, readonly Expression[]>();

/**
 * The reason of a decision, on one line. If a condition does not hold, it includes the part that is false: the first one, in the
 * order in which `a && b` is evaluated. Pure: the same message gives the same text.
 */
export function explainDecision(
  decision: Decision,
  message: ChangeMessage,
  bindings: Bindings,
): string {
  const { rule, outcome, reason } = decision;
  if (decision.isLeftAlone === true) return reason;
  if (outcome !== "notMatched" || findExclusion(rule, message) !== undefined) return reason;
  const falsePart = readParts(rule).find((part) => {
    const answer = part.evaluate(bindings);
    return answer.outcome === "value" && answer.value === false;
  });
  return falsePart === undefined ? reason : `${reason}: ${toLine(falsePart.source)}`;
}

/** The parts of a condition that must all hold; empty if the rule has no condition. */
function readParts(rule: Rule): readonly Expression[] {
  let parts = conditions.get(rule);
  if (parts === undefined) {
    const sources = rule.where === undefined ? [] : splitConjunction(rule.where);
    parts = sources.flatMap((source) => {
      const compiled = compileExpression(source);
      return compiled.ok ? [compiled.value] : [];
    });
    conditions.set(rule, parts);
  }
  return parts;
}

function toLine(source: string): string {
  return source.replace(/\s+/g, " ").trim();
}
