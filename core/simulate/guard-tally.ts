import type { GuardEvent, GuardOutcome } from "./guard-event.ts";

/** Counts of what the guards of a rule did with its requests over a recording. */
export type GuardCounts = {
  readonly rule: string;
  readonly started: number;
  /** How many of them were held back before. */
  readonly startedLater: number;
  /** By the guard that held them back. */
  readonly deferred: Readonly<Record<string, number>>;
  readonly refused: Readonly<Record<string, number>>;
  readonly expired: Readonly<Record<string, number>>;
  /** By the reason why there was nothing to do any more. */
  readonly ended: Readonly<Record<string, number>>;
  /** Dry runs, by the guard that would hold them back; `started` if none would. */
  readonly dryRun: Readonly<Record<string, number>>;
  /** More waited than a simulation keeps. */
  readonly uncounted: number;
};

export type GuardTally = {
  readonly add: (event: GuardEvent) => void;
  /** The rules with requests, in the order of their first one. */
  readonly rules: () => readonly GuardCounts[];
};

type Counts = Record<GuardOutcome, Map<string, number>> & { later: number };

export function createGuardTally(): GuardTally {
  const counts = new Map<string, Counts>();
  return {
    add({ rule, outcome, code = "started", heldMs }) {
      const own = counts.get(rule) ?? toEmpty();
      counts.set(rule, own);
      own[outcome].set(code, (own[outcome].get(code) ?? 0) + 1);
      if (heldMs !== undefined) own.later += 1;
    },
    rules: () => Array.from(counts, ([rule, own]) => toCounts(rule, own)),
  };
}

function toEmpty(): Counts {
  return {
    started: new Map(),
    deferred: new Map(),
    refused: new Map(),
    expired: new Map(),
    ended: new Map(),
    dryRun: new Map(),
    uncounted: new Map(),
    later: 0,
  };
}

function toCounts(rule: string, own: Counts): GuardCounts {
  return {
    rule,
    started: sum(own.started),
    startedLater: own.later,
    deferred: Object.fromEntries(own.deferred),
    refused: Object.fromEntries(own.refused),
    expired: Object.fromEntries(own.expired),
    ended: Object.fromEntries(own.ended),
    dryRun: Object.fromEntries(own.dryRun),
    uncounted: sum(own.uncounted),
  };
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((all, one) => all + one, 0);
}
