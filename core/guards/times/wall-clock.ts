export const MINUTE_MS = 60_000;
export const DAY_MS: number = 24 * 60 * MINUTE_MS;

/** It takes longer to make one than to use it a hundred times. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  formats.set(zone, format);
  return format;
}

/**
 * The date and the time of day that a clock in the zone shows, to the minute, as the ms at which a clock in UTC shows the same. Throws a
 * RangeError if there is no such zone.
 */
export function toLocalMs(zone: string, ms: number): number {
  const part: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(ms)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute);
}

/** `weekday` is 0 for Sunday; `minute` counts from midnight. */
export function toWallClock(
  zone: string,
  ms: number,
): { readonly weekday: number; readonly minute: number } {
  const localMs = toLocalMs(zone, ms);
  const day = Math.floor(localMs / DAY_MS);
  return { weekday: (((day + 4) % 7) + 7) % 7, minute: (localMs - day * DAY_MS) / MINUTE_MS };
}

/** How far the clock of the zone is ahead of UTC, in ms, to the minute. */
export function toOffsetMs(zone: string, ms: number): number {
  return toLocalMs(zone, ms) - Math.floor(ms / MINUTE_MS) * MINUTE_MS;
}

/** The moment between the two (ms, the first before it) at which the clock of the zone is changed, to the ms. */
export function findClockChange(zone: string, beforeMs: number, afterMs: number): number {
  const before = toOffsetMs(zone, beforeMs);
  let low = beforeMs;
  let high = afterMs;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (toOffsetMs(zone, middle) === before) low = middle;
    else high = middle;
  }
  return high;
}
