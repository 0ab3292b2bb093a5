import type { Period } from "./period.ts";
import { DAY_MS, findClockChange, MINUTE_MS, toLocalMs, toOffsetMs } from "./wall-clock.ts";

/** A weekly period that falls into an hour that the clock skips comes again after two weeks. */
const DAYS_AHEAD = 15;

/**
 * The first moment after `ms` (ms since the epoch) at which a state that depends only on the periods changes; undefined if it stays for 15
 * days.
 */
export function findNextChange(
  periods: readonly Period[],
  ms: number,
  toState: (ms: number) => unknown,
): number | undefined {
  const state = toState(ms);
  return toBounds(periods, ms).find((bound) => toState(bound) !== state);
}

/** Every moment after `ms` at which one of the periods may begin or end, in order, within 15 days. */
export function toBounds(periods: readonly Period[], ms: number): readonly number[] {
  const bounds = periods.flatMap((period) => toBoundsOf(period, ms));
  return [...new Set(bounds)].filter((bound) => bound > ms).toSorted((a, b) => a - b);
}

/**
 * A time of day is a moment by the offset of the zone the day before it, or by that of the day after it. Where they differ, the clock is
 * changed in between, and that moment may be a bound, too.
 */
function toBoundsOf({ zone, fromMinute, toMinute }: Period, ms: number): readonly number[] {
  const today = Math.floor(toLocalMs(zone, ms) / DAY_MS);
  const days = Array.from({ length: DAYS_AHEAD + 2 }, (_, index) => (today - 1 + index) * DAY_MS);
  return days.flatMap((day) => {
    const [beforeMs, afterMs] = [day - DAY_MS, day + 2 * DAY_MS];
    const [before, after] = [toOffsetMs(zone, beforeMs), toOffsetMs(zone, afterMs)];
    const times = [fromMinute, toMinute].map((minute) => day + minute * MINUTE_MS);
    if (before === after) return times.map((time) => time - before);
    const change = findClockChange(zone, beforeMs, afterMs);
    return [...times.flatMap((time) => [time - before, time - after]), change];
  });
}
