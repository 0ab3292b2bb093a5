import type { GuardEntry, GuardPause, GuardStatus } from "../../events/rule-guard.ts";
import type { GuardSettings } from "./settings.ts";

/** Which guard holds a remediation back: the reason of its record. */
export const GUARD_CODES = [
  "Paused",
  "Frozen",
  "WindowClosed",
  "Storm",
  "BreakerOpen",
  "TargetBreakerOpen",
  "Cooldown",
  "BlastRadius",
  "BlastRadiusUnknown",
  "MaxPerHour",
  "MaxInFlight",
  "GuardFull",
  "GuardContended",
] as const;
export type GuardCode = (typeof GUARD_CODES)[number];

export function isGuardCode(reason: string | undefined): reason is GuardCode {
  return GUARD_CODES.some((code) => code === reason);
}

/** Why a remediation is held back: which guard, its count, and until when it holds it back at least (RFC 3339 ms). */
export type Hold = { readonly code: GuardCode; readonly message: string; readonly until: string };

/** A remediation that asks to be started. */
export type Candidate = {
  /** The digest at the end of the record's name. */
  readonly id: string;
  readonly target: string;
  /** It asks for the first time since it matches, so that it counts as a match, unless its last match has just been counted. */
  readonly isNew: boolean;
  /** When a guard last ended it, if it was reopened since (RFC 3339 ms). */
  readonly countedAt?: string | undefined;
  /** When it last ended, whatever the reason, if it was reopened since (RFC 3339 ms). */
  readonly lastEndedAt?: string | undefined;
  /** It asks to send the question for its approval, and takes no place: what it will start is counted when it is approved. */
  readonly isQuestion?: boolean | undefined;
  /** It starts nothing, because nothing can be done for it: it only counts as a match. */
  readonly startsNothing?: boolean | undefined;
};

/** How many objects a rule selects; or why that is not known, as the beginning of a sentence. */
export type Selected = { readonly count: number } | { readonly unknown: string };

/** The state on which a guard decides. */
export type GuardState = GuardStatus & {
  readonly entries: readonly GuardEntry[];
  /** The switch for all rules, and the one of this rule. */
  readonly pausedAll?: GuardPause | undefined;
  readonly paused?: GuardPause | undefined;
  /** Known only if a limit depends on it. */
  readonly selected?: Selected | undefined;
};

/** One guard: why it holds the candidate back; undefined if it does not. `nowMs` is ms since the epoch. */
export type Guard = (
  state: GuardState,
  candidate: Candidate,
  settings: GuardSettings,
  nowMs: number,
) => Hold | undefined;

/** A hold whose end is not known is checked again after this time. */
export const LOOK_AGAIN_MS = 60_000;

export function toIso(ms: number): string {
  return new Date(ms).toISOString();
}

export function toMs(time: string | undefined): number {
  return Date.parse(time ?? "");
}

export function isInFlight({ admittedAt, endedAt }: GuardEntry): boolean {
  return admittedAt !== undefined && endedAt === undefined;
}

/** Entries that were admitted less than `withinMs` ago, oldest first. */
export function findAdmitted(
  entries: readonly GuardEntry[],
  withinMs: number,
  nowMs: number,
): readonly GuardEntry[] {
  return entries
    .filter(({ admittedAt }) => toMs(admittedAt) > nowMs - withinMs)
    .toSorted((a, b) => toMs(a.admittedAt) - toMs(b.admittedAt));
}
