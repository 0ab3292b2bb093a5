import { toCanonicalJson } from "../json/canonical-json.ts";
import type { Decision } from "../decide/decide.ts";

/** A decision, and what follows from it. */
export type Compared = {
  readonly decision: Decision;
  /** Nothing is done again for an episode that an earlier change has started. */
  readonly isNew: boolean;
  /** The effect of a match, as text; absent: it is not known. */
  readonly does?: string | undefined;
  /** The answer of the guards; absent: they are not asked now. */
  readonly guarded?: string | undefined;
};

/** The decisions of two pipelines about a change by one rule. Undefined: the pipeline has no such rule on this watch. */
export type DecisionDifference<T extends Compared> = {
  readonly rule: string;
  readonly before: T | undefined;
  readonly after: T | undefined;
};

/**
 * The rules by which two pipelines act differently on a change, in the order of the first pipeline, then of the second. Only
 * what is done counts: a rule that does nothing in both is no difference, whatever its reasons. Rules are identified by id.
 */
export function compareDecisions<T extends Compared>(
  before: readonly T[],
  after: readonly T[],
): readonly DecisionDifference<T>[] {
  const second = new Map(after.map((one) => [one.decision.rule.id, one]));
  const first = new Set(before.map(({ decision }) => decision.rule.id));
  const pairs: readonly DecisionDifference<T>[] = [
    ...before.map((one) => ({
      rule: one.decision.rule.id,
      before: one,
      after: second.get(one.decision.rule.id),
    })),
    ...after
      .filter(({ decision }) => !first.has(decision.rule.id))
      .map((one) => ({ rule: one.decision.rule.id, before: undefined, after: one })),
  ];
  return pairs.filter((pair) => isDifferent(pair.before, pair.after));
}

function isDifferent(before: Compared | undefined, after: Compared | undefined): boolean {
  if (toEpisode(before) !== toEpisode(after)) return true;
  if (before?.decision.outcome !== "matched" || !before.isNew || after?.isNew !== true)
    return false;
  return before.guarded !== after.guarded || doesOther(before, after);
}

/** The record that a decision makes; "" for nothing. A mode that is always the same is part of the record's name. */
function toEpisode(one: Compared | undefined): string {
  const { outcome, reason, recordName, rule } = one?.decision ?? {};
  if (outcome === "error") return `error ${reason}`;
  return outcome === "matched" ? `${recordName} ${toCanonicalJson(rule?.modes ?? [])}` : "";
}

/** If it is not known what a match does, what its rule says decides. */
function doesOther(before: Compared, after: Compared): boolean {
  if (before.does !== undefined && after.does !== undefined) return before.does !== after.does;
  const [was, is] = [before, after].map(({ decision }) => toCanonicalJson(decision.rule.then));
  return was !== is;
}
