import type { Period } from "./times/period.ts";
import type { Freeze } from "./times/windows.ts";

/** Stops a remediation that does not help. */
export type BreakerSettings = {
  /** So many failures in a row, of different objects, stop the rule; of one object, they stop the rule for that object. */
  readonly failures: number;
  /** An object that was remediated so often within the time is left alone: the remediation does not help it. */
  readonly sameTarget: number;
  readonly withinMs: number;
  /** After this time one remediation is tried again. */
  readonly halfOpenAfterMs: number;
};

/** Starts nothing while too much happens at once: more than `matches` within the time, until it has been quiet for `quietMs`. */
export type StormSettings = {
  readonly matches: number;
  readonly withinMs: number;
  readonly quietMs: number;
};

/** A number of objects, or a part of those that the rule selects, which may have an upper limit. */
export type BlastRadius =
  | { readonly count: number; readonly percent?: undefined; readonly atMost?: undefined }
  | {
      readonly percent: number;
      readonly atMost?: number | undefined;
      readonly count?: undefined;
    };

/** The most objects that the radius allows, however many the rule selects; undefined if that depends on them alone. */
export function toRadiusLimit({ count, atMost }: BlastRadius): number | undefined {
  return count ?? atMost;
}

/** The limits of one rule. An absent one is off. */
export type GuardSettings = {
  /** The least time between the starts of two remediations of one object. */
  readonly cooldownMs?: number | undefined;
  /** The most remediations that are in progress at once. */
  readonly maxInFlight?: number | undefined;
  /** The most remediations that are started within an hour. */
  readonly maxPerHour?: number | undefined;
  /** Of how many objects remediations are started within an hour at most. */
  readonly blastRadius?: BlastRadius | undefined;
  readonly breaker?: BreakerSettings | undefined;
  readonly storm?: StormSettings | undefined;
  /** Nothing is started outside of these. Absent: at any time. */
  readonly windows?: readonly Period[] | undefined;
  /** Nothing is started in one of these. */
  readonly freezes?: readonly Freeze[] | undefined;
  /** Labels, as a selector, that an object or its namespace must have, so that anything is done to it. */
  readonly optIn?: string | undefined;
  /** Whether a remediation that a guard holds back waits or is refused. */
  readonly whenGuarded: "defer" | "refuse";
  /** How long it waits at most. */
  readonly deferForMs: number;
};

const MINUTE_MS = 60_000;
export const HOUR_MS: number = 60 * MINUTE_MS;

/** The limits of a rule that sets none. The reasons are in docs/decisions/0070-guards.md. */
export const DEFAULT_GUARDS: {
  readonly cooldownMs: number;
  readonly maxInFlight: number;
  readonly maxPerHour: number;
  readonly breaker: BreakerSettings;
  readonly storm: StormSettings;
  readonly whenGuarded: "defer";
  readonly deferForMs: number;
} = {
  cooldownMs: 5 * MINUTE_MS,
  maxInFlight: 10,
  maxPerHour: 60,
  breaker: {
    failures: 5,
    sameTarget: 4,
    withinMs: HOUR_MS,
    halfOpenAfterMs: 30 * MINUTE_MS,
  },
  storm: { matches: 100, withinMs: 5 * MINUTE_MS, quietMs: 10 * MINUTE_MS },
  whenGuarded: "defer",
  // As long as the limits of an hour hold back: what they hold back may start before it expires.
  deferForMs: HOUR_MS,
};

/** The most entries that a guard keeps: about 80 KB. */
export const ENTRIES_MAX = 600;

/** How long an admission matters to any of the limits. */
export function toMemoryMs(settings: GuardSettings): number {
  const { cooldownMs, maxPerHour, blastRadius, breaker } = settings;
  const hour = maxPerHour === undefined && blastRadius === undefined ? 0 : HOUR_MS;
  const tries = breaker === undefined ? 0 : Math.max(breaker.withinMs, breaker.halfOpenAfterMs);
  return Math.max(hour, cooldownMs ?? 0, tries);
}

/** How many entries the limits of a rule may need at once; a limit that is off is not counted. */
export function countNeededEntries(settings: GuardSettings): number {
  const {
    blastRadius,
    maxPerHour = (blastRadius && toRadiusLimit(blastRadius)) ?? 0,
    maxInFlight = 0,
    storm,
    breaker,
  } = settings;
  const started = Math.ceil((maxPerHour * toMemoryMs(settings)) / HOUR_MS);
  return started + maxInFlight + (storm?.matches ?? 0) + (breaker?.failures ?? 0);
}
