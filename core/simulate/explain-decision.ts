import type { ChangeMessage } from "../../events/change.ts";
import { compileExpression, type Bindings, type Expression } from "../cel/compile.ts";
import { findExclusion, type Decision } from "../decide/decide.ts";
import type { Rule } from "../pipeline/pipeline.ts";
import { splitConjunction } from "./split-conjunction.ts";

const conditions = new WeakMap<Rule, readonly Expression[]>();

/**
 * The reason of a decision in one line; of a condition that does not hold, which part of it said no: the first one that is
 * false, as the parts of `a && b` are read. Pure, and the same for the same message.
 */
export function explainDecision(
  decision: Decision,
  message: ChangeMessage,
  bindings: Bindings,
): string {
  const { rule, outcome, reason } = decision;
  if (outcome !== "notMatched" || findExclusion(rule, message) !== undefined) return reason;
  const no = readParts(rule).find((part) => {
    const answer = part.evaluate(bindings);
    return answer.outcome === "value" && answer.value === false;
  });
  return no === undefined ? reason : `${reason}: ${toLine(no.source)}`;
}

/** Empty where there is nothing to tell apart. */
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
