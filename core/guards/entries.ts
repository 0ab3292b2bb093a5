import type { GuardEntry } from "../../events/rule-guard.ts";
import { findFailureRow, toFailedTargets } from "./breaker.ts";
import { isInFlight, toIso, toMs, type GuardState } from "./hold.ts";
import { ENTRIES_MAX, toMemoryMs, type GuardSettings } from "./settings.ts";

/** How a record ended, for its entry. `nothing`: it ended before anything was done, or it is gone. */
export type EntryEnd = {
  readonly endedAt: string;
  readonly outcome: "succeeded" | "failed" | "unknown" | "nothing";
  /**
   * The admission for which the end was read from the record (RFC 3339 ms): the entry with this admission has ended, whatever the clocks
   * say, because a reopened record has no end until it ends again. Absent: another run of this process saw the end.
   */
  readonly readFor?: string | undefined;
};

/** The entries with the ends that have become known. A remediation that has done nothing was not started, so it no longer counts. */
export function withEnds(
  entries: readonly GuardEntry[],
  ends: ReadonlyMap<string, EntryEnd>,
): readonly GuardEntry[] {
  return entries.flatMap((entry) => {
    const end = ends.get(entry.id);
    if (end === undefined || !isInFlight(entry) || !isEndOf(end, entry)) return [entry];
    const { endedAt, outcome } = end;
    return outcome === "nothing" ? toSeen(entry) : [{ ...entry, endedAt, outcome }];
  });
}

function isEndOf({ readFor, endedAt }: EntryEnd, { admittedAt }: GuardEntry): boolean {
  if (readFor === admittedAt) return true;
  // An admission is later than the end before it, whatever the clocks say. An end that another clock puts before it is read if it matters.
  return toMs(endedAt) >= toMs(admittedAt);
}

/** Without its admission: only the match still counts, if matches are counted. */
export function toSeen({ admittedAt: _admittedAt, ...seen }: GuardEntry): readonly GuardEntry[] {
  return seen.seenAt === undefined ? [] : [seen];
}

/** The state on which the limits decide now: without old entries, and without times of a clock that is far ahead. */
export function toCurrent(read: GuardState, settings: GuardSettings, nowMs: number): GuardState {
  const timely = withoutFuture(read, settings, nowMs);
  return { ...timely, entries: withoutOld(timely.entries, settings, nowMs) };
}

/**
 * Without the entries that no limit needs any more. The failures that keep a breaker open always count, and those in progress count
 * for `maxInFlight` and the breaker; without these two limits no limit depends on whether they have ended.
 */
function withoutOld(
  entries: readonly GuardEntry[],
  settings: GuardSettings,
  nowMs: number,
): readonly GuardEntry[] {
  const memoryMs = toMemoryMs(settings);
  const { storm, breaker, maxInFlight } = settings;
  const areEndsNeeded = maxInFlight !== undefined || breaker !== undefined;
  const row = toFailedTargets(findFailureRow(entries)).slice(0, breaker?.failures ?? 0);
  const kept = entries.filter((entry) => {
    if ((areEndsNeeded && isInFlight(entry)) || row.includes(entry)) return true;
    const { admittedAt, endedAt, seenAt } = entry;
    if (toMs(admittedAt) > nowMs - memoryMs || toMs(endedAt) > nowMs - memoryMs) return true;
    return storm !== undefined && toMs(seenAt) > nowMs - storm.withinMs;
  });
  return kept.length === entries.length ? entries : kept;
}

/** Clocks of functions differ by less. */
const AHEAD_MAX_MS = 60_000;

/**
 * The state without times of a clock that is far ahead of this one: what was counted there was counted now at the latest, so that it holds
 * others back for no longer than its limit says.
 */
function withoutFuture(state: GuardState, { storm }: GuardSettings, nowMs: number): GuardState {
  const isAhead = (time: string | undefined): boolean => toMs(time) > nowMs + AHEAD_MAX_MS;
  const now = toIso(nowMs);
  const entries = state.entries.map((entry) => ({
    ...entry,
    ...(isAhead(entry.seenAt) ? { seenAt: now } : {}),
    ...(isAhead(entry.admittedAt) ? { admittedAt: now } : {}),
    ...(isAhead(entry.endedAt) ? { endedAt: now } : {}),
  }));
  const latestMs = nowMs + (storm?.quietMs ?? 0);
  const isLong = toMs(state.storm?.until) > latestMs + AHEAD_MAX_MS;
  const limited = state.storm && isLong ? { ...state.storm, until: toIso(latestMs) } : state.storm;
  return { ...state, entries, storm: limited };
}

/** As many as a guard keeps: matches that were not admitted give way, the oldest first. */
export function toFitting(
  entries: readonly GuardEntry[],
  most: number = ENTRIES_MAX,
): readonly GuardEntry[] {
  let tooMany = entries.length - most;
  if (tooMany <= 0) return entries;
  return entries.filter(({ admittedAt }) => admittedAt !== undefined || (tooMany -= 1) < 0);
}

/** Room for one more; undefined if all entries count. */
export function makeRoom(entries: readonly GuardEntry[]): readonly GuardEntry[] | undefined {
  const fitting = toFitting(entries, ENTRIES_MAX - 1);
  return fitting.length < ENTRIES_MAX ? fitting : undefined;
}
