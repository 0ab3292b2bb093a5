import { toWallClock } from "./wall-clock.ts";

/** Times of day that come again each week. The time on a wall clock in the zone decides, so they stay right when the clocks change. */
export type Period = {
  /** As written: `Mon-Fri 22:00-06:00 Europe/Berlin`. */
  readonly text: string;
  /** A zone of the IANA database. */
  readonly zone: string;
  /** The days on which it begins, 0 for Sunday. */
  readonly days: readonly number[];
  /** Minutes since midnight. It ends before `toMinute`, on the next day if that is not later than `fromMinute`. */
  readonly fromMinute: number;
  readonly toMinute: number;
};

export const DAY_NAMES = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

const DAY = `(?:${DAY_NAMES.join("|")})`;
const DAYS = `${DAY}(?:-${DAY})?(?:,${DAY}(?:-${DAY})?)*`;
const TIME = String.raw`(?:[01]\d|2[0-3]):[0-5]\d`;

/** `[days] HH:MM-HH:MM zone`, with single spaces. */
export const PERIOD: RegExp = new RegExp(
  String.raw`^(?:(${DAYS}) )?(${TIME})-(${TIME}|24:00) ([A-Za-z][\w+/-]*)$`,
);

/** Undefined for what has another form, names no zone that exists, or begins when it ends. */
export function parsePeriod(text: string): Period | undefined {
  const [, days, from = "", to = "", zone = ""] = PERIOD.exec(text) ?? [];
  if (from === to || !isZone(zone)) return undefined;
  return { text, zone, days: toDays(days), fromMinute: toMinute(from), toMinute: toMinute(to) };
}

/** Abbreviations are not accepted: EST stays the same in summer, and CST means several zones. */
export function isZone(zone: string): boolean {
  if (zone !== "UTC" && !zone.includes("/")) return false;
  try {
    toWallClock(zone, 0);
    return true;
  } catch {
    return false;
  }
}

function toDays(written: string | undefined): readonly number[] {
  if (written === undefined) return DAY_NAMES.map((_, day) => day);
  const days = written.split(",").flatMap((range) => {
    const [first = 0, last = first] = range
      .split("-")
      .map((name) => DAY_NAMES.findIndex((known) => known === name));
    return Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, step) => (first + step) % 7);
  });
  return [...new Set(days)].toSorted((a, b) => a - b);
}

function toMinute(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

export function isDuring({ zone, days, fromMinute, toMinute }: Period, ms: number): boolean {
  const { weekday, minute } = toWallClock(zone, ms);
  const beginsToday = days.includes(weekday) && minute >= fromMinute;
  if (fromMinute < toMinute) return beginsToday && minute < toMinute;
  return beginsToday || (days.includes((weekday + 6) % 7) && minute < toMinute);
}
