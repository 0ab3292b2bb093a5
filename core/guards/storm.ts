import type { GuardEntry } from "../../events/rule-guard.ts";
import { formatDuration } from "../text/duration.ts";
import { toFitting } from "./entries.ts";
import { toIso, toMs, type Candidate, type Guard, type GuardState } from "./hold.ts";
import type { GuardSettings, StormSettings } from "./settings.ts";

/** The end of a storm is put off only if that changes it by more than this part of the quiet time: not every match is worth a write. */
const PUT_OFF_PART = 20;

/** Counts candidates that ask for the first time as matches, and notices a storm. The same state if nothing is new. */
export function noteMatches(
  state: GuardState,
  candidates: readonly Candidate[],
  { storm }: GuardSettings,
  nowMs: number,
): GuardState {
  if (storm === undefined)
    return state.storm === undefined ? state : { ...state, storm: undefined };
  const known = new Set(state.entries.map(({ id }) => id));
  const fresh = candidates.filter(
    (candidate) => isNewMatch(candidate, storm, nowMs) && !known.has(candidate.id),
  );
  if (fresh.length === 0) return state;
  if (state.storm !== undefined && toMs(state.storm.until) > nowMs) {
    return putOff(state, state.storm, storm, nowMs);
  }
  const seenAt = toIso(nowMs);
  const entries: readonly GuardEntry[] = [
    ...state.entries,
    ...fresh.map(({ id, target }) => ({ id, target, seenAt })),
  ];
  if (countMatches(entries, storm, nowMs) <= storm.matches) {
    return { ...state, entries: toFitting(entries) };
  }
  const until = toIso(nowMs + storm.quietMs);
  return { ...state, entries: withoutMatches(entries), storm: { since: seenAt, until } };
}

/**
 * Whether a candidate counts as a match. One that a guard has just held back or refused does not: so one object that is refused at each of
 * its changes does not keep a storm up. After the times of the brake it is a match like any other.
 */
export function isNewMatch(
  { isNew, countedAt }: Candidate,
  { withinMs, quietMs }: StormSettings,
  nowMs: number,
): boolean {
  return isNew && !(toMs(countedAt) > nowMs - Math.max(withinMs, quietMs));
}

/** After a storm the count starts from zero. */
function withoutMatches(entries: readonly GuardEntry[]): readonly GuardEntry[] {
  const started = entries.filter(({ admittedAt }) => admittedAt !== undefined);
  return started.map(({ seenAt: _seenAt, ...entry }) => entry);
}

/** How many matches the guard has seen within the time. */
export function countMatches(
  entries: readonly GuardEntry[],
  { withinMs }: StormSettings,
  nowMs: number,
): number {
  return entries.filter(({ seenAt }) => toMs(seenAt) > nowMs - withinMs).length;
}

function putOff(
  state: GuardState,
  { since, until }: NonNullable<GuardState["storm"]>,
  { quietMs }: StormSettings,
  nowMs: number,
): GuardState {
  const untilMs = nowMs + quietMs;
  return untilMs - toMs(until) < quietMs / PUT_OFF_PART
    ? state
    : { ...state, storm: { since, until: toIso(untilMs) } };
}

export const holdStorm: Guard = ({ storm: active }, _candidate, { storm }, nowMs) => {
  if (storm === undefined || active === undefined || toMs(active.until) <= nowMs) return undefined;
  const { matches, withinMs, quietMs } = storm;
  const message = `the rule has matched more than ${matches} times within ${formatDuration(withinMs)} since ${active.since} (storm brake): nothing is started until it has been quiet for ${formatDuration(quietMs)}, at ${active.until} at the earliest`;
  return { code: "Storm", message, until: active.until };
};
