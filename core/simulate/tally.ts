import type { Decision } from "../rules/decide.ts";

/** What a rule decided over a recording. */
export type RuleTally = {
  readonly rule: string;
  readonly matched: number;
  /** Different records of these matches: how often something would be done. */
  readonly episodes: number;
  readonly notMatched: number;
  readonly unknown: number;
  readonly error: number;
};

/** Record names that are told apart, over all rules; past this bound of memory `episodes` stays what it is, and `isComplete` is false. */
export const MAX_EPISODES = 200_000;

/** Counts the decisions of a run in bounded memory. */
export type Tally = {
  /** False where the episode was counted before. */
  readonly add: (decision: Decision) => boolean;
  readonly rules: () => readonly RuleTally[];
  readonly isComplete: () => boolean;
};

/**
 * The last 13 of the 20 hexadecimal digits that a record's name ends in, 52 bits of a hash over rule and episode: a name is ten
 * times as large, and of 200,000 some two share a number once in 200,000 recordings.
 */
function toNumber(recordName: string): number {
  return Number.parseInt(recordName.slice(-13), 16);
}

type Counts = { -readonly [Key in keyof RuleTally]: RuleTally[Key] };

/** Rules without any decision are listed too, with zeros. */
export function createTally(rules: readonly string[], maxEpisodes: number = MAX_EPISODES): Tally {
  const counts = new Map<string, Counts>();
  const seen = new Set<number>();
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
      const episode = toNumber(recordName);
      if (seen.has(episode)) return false;
      if (seen.size >= maxEpisodes) {
        complete = false;
        return true;
      }
      seen.add(episode);
      count.episodes += 1;
      return true;
    },
    rules: () => [...counts.values()],
    isComplete: () => complete,
  };
}
