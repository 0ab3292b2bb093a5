import { toCanonicalJson } from "../json/canonical-json.ts";
import type { Decision } from "../decide/decide.ts";

/** The decisions of two pipelines about a change by one rule. Undefined: the pipeline has no such rule on this watch. */
export type DecisionDifference = {
  readonly rule: string;
  readonly before: Decision | undefined;
  readonly after: Decision | undefined;
};

/**
 * The rules by which two pipelines act differently on a change, in the order of the first pipeline, then of the second. Only
 * what is done counts: a rule that does nothing in both is no difference, whatever its reasons. Rules are identified by id.
 */
export function compareDecisions(
  before: readonly Decision[],
  after: readonly Decision[],
): readonly DecisionDifference[] {
  const second = new Map(after.map((decision) => [decision.rule.id, decision]));
  const first = new Set(before.map((decision) => decision.rule.id));
  const pairs: readonly DecisionDifference[] = [
    ...before.map((decision) => ({
      rule: decision.rule.id,
      before: decision,
      after: second.get(decision.rule.id),
    })),
    ...after
      .filter((decision) => !first.has(decision.rule.id))
      .map((decision) => ({ rule: decision.rule.id, before: undefined, after: decision })),
  ];
  return pairs.filter((pair) => toEffect(pair.before) !== toEffect(pair.after));
}

/** What a decision causes; "" for nothing. A mode that is always the same is part of the record's name. */
function toEffect(decision: Decision | undefined): string {
  if (decision?.outcome === "error") return `error ${decision.reason}`;
  if (decision?.outcome !== "matched") return "";
  const { recordName, rule } = decision;
  return `${recordName} ${toCanonicalJson([rule.then, rule.modes ?? []])}`;
}
