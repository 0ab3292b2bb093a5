import { toCanonicalJson } from "../json/canonical-json.ts";
import type { Decision } from "../decide/decide.ts";

/** What two pipelines make of a change by one rule. Undefined: the pipeline has no such rule on this watch. */
export type DecisionDifference = {
  readonly rule: string;
  readonly before: Decision | undefined;
  readonly after: Decision | undefined;
};

/**
 * Where two pipelines do otherwise with one change, in the order of the rules of the first, then of the second. Only what
 * is done counts: a rule that does nothing by either is no difference, whatever its reasons. Rules are told apart by id.
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

/** What a decision brings about; "" for nothing. The mode is in the record's name. */
function toEffect(decision: Decision | undefined): string {
  if (decision?.outcome === "error") return `error ${decision.reason}`;
  if (decision?.outcome !== "matched") return "";
  return `${decision.recordName} ${toCanonicalJson(decision.rule.then)}`;
}
