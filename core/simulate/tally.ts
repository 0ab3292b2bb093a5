import type { Decision } from "../decide/decide.ts";

/** The decisions of a rule over a recording, counted. */
export type RuleTally = {
  readonly rule: string;
  readonly matched: number;
  /** Number of different records of these matches: how often something would be done. */
  readonly episodes: number;
  readonly notMatched: number;
  readonly unknown: number;
  readonly error: number;
};

/** Most record names that are remembered, over all rules. Beyond it `episodes` is no longer increased, and `isComplete` is false. */
export const MAX_EPISODES = 200_000;

/** Counts the decisions of a run in bounded memory. */
export type Tally = {
  /** False if the episode was counted before. */
  readonly add: (decision: Decision) => boolean;
  readonly rules: () => readonly RuleTally[];
  readonly isComplete: () => boolean;
};

type Counts = { -readonly [Key in keyof RuleTally]: RuleTally[Key] };

/** Creates a tally. Rules without any decision are listed too, with zeros. */
export function createTally(rules: readonly string[], maxEpisodes: number = MAX_EPISODES): Tally {
  const counts = new Map<string, Counts>();
  const seen = new Set<string>();
  let complete = true;
  const countsOf = (rule: string): Counts => {
    const known = counts.get(rule);
    if (known !== undefined) return known;
    const fresh = { rule, matched: 0, episodes: 0, notMatched: 0, unknown: 0, error: 0 };
    counts.set(rule, fresh);
    return fresh;
  };
  for (const rule of rules) countsOf(rule);
  return {
    add({ rule, outcome, recordName }) {
      const count = countsOf(rule.id);
      count[outcome] += 1;
      if (recordName === undefined) return true;
      if (seen.has(recordName)) return false;
      if (seen.size >= maxEpisodes) {
        complete = false;
        return true;
      }
      seen.add(recordName);
      count.episodes += 1;
      return true;
    },
    rules: () => [...counts.values()],
    isComplete: () => complete,
  };
}
