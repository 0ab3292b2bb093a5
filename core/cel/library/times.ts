import { charge } from "../values/meter.ts";
import { Duration, modulo, Timestamp } from "../values/time.ts";
import type { Answer, Value } from "../values/value.ts";
import { toCanonicalInt } from "../values/integer.ts";
import { Failure } from "../values/failure.ts";
import { quote } from "./conversions.ts";
import { fail, takeFrom, type CelFunction, type Library } from "./function.ts";

/** The parts of a moment in a zone, UTC if none is named. Months, and days of the month with `getDayOfMonth`, begin at 0. */
export const TIMES: Library = {
  ".getFullYear": onTime((date) => date.getUTCFullYear()),
  ".getMonth": onTime((date) => date.getUTCMonth()),
  ".getDate": onTime((date) => date.getUTCDate()),
  ".getDayOfMonth": onTime((date) => date.getUTCDate() - 1),
  ".getDayOfWeek": onTime((date) => date.getUTCDay()),
  ".getDayOfYear": onTime(toDayOfYear),
  ".getHours": onTime((date) => date.getUTCHours(), 3_600_000_000_000n),
  ".getMinutes": onTime((date) => date.getUTCMinutes(), 60_000_000_000n),
  ".getSeconds": onTime((date) => date.getUTCSeconds(), 1_000_000_000n),
  ".getMilliseconds": onTime((date) => date.getUTCMilliseconds(), 1_000_000n),
};

/** A method of a moment; with a unit it is one of durations too, and gives how many of these units they last. */
function onTime(read: (local: Date) => number, unit?: bigint): CelFunction {
  return takeFrom(1, 2, (time, zone) => {
    if (time instanceof Duration && unit !== undefined && zone === undefined) {
      return toCanonicalInt(time.nanos / unit);
    }
    if (!(time instanceof Timestamp)) return undefined;
    const offset = zone === undefined ? 0 : toOffset(time, zone);
    if (typeof offset !== "number") return offset;
    const milliseconds = Number((time.nanos - modulo(time.nanos, 1_000_000n)) / 1_000_000n);
    return read(new Date(milliseconds + offset * 1_000));
  });
}

function toDayOfYear(date: Date): number {
  const start = new Date(date);
  start.setUTCMonth(0, 1);
  start.setUTCHours(0, 0, 0, 0);
  return Math.floor((date.getTime() - start.getTime()) / 86_400_000);
}

/** How many seconds a zone is ahead of UTC at a moment; undefined if the zone is no text. */
function toOffset(time: Timestamp, zone: Value): Answer | undefined {
  if (typeof zone !== "string") return undefined;
  const format = findZone(zone);
  if (format instanceof Failure) return format;
  if (typeof format === "number") return format;
  charge(ZONE_STEPS);
  const milliseconds = time.toMilliseconds();
  const parts = format.formatToParts(milliseconds);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = PARTS.map((type) =>
    Number(parts.find((part) => part.type === type)?.value),
  );
  const isBeforeChrist = parts.some(({ type, value }) => type === "era" && value === "BC");
  const local = new Date(0);
  local.setUTCFullYear(isBeforeChrist ? 1 - year : year, month - 1, day);
  local.setUTCHours(hour, minute, second);
  return Math.floor(local.getTime() / 1_000) - Math.floor(milliseconds / 1_000);
}

const PARTS = ["year", "month", "day", "hour", "minute", "second"];
/** A named zone is computed by Intl: about 5 µs a call, and 300 µs for the first one. */
const ZONE_STEPS = 100;
const NEW_ZONE_STEPS = 1_500;

type Zone = number | Intl.DateTimeFormat | Failure;

const zones = new Map<string, Zone>();
/** There are about 600 names of zones. */
const MAX_ZONES = 1_000;

/** A fixed offset in seconds, the formatter of a named zone, or why there is no such zone. */
export function findZone(zone: string): Zone {
  const known = zones.get(zone);
  if (known !== undefined) return known;
  charge(NEW_ZONE_STEPS);
  const found = zone.includes(":") ? toFixedOffset(zone) : toNamedZone(zone);
  if (zones.size >= MAX_ZONES) zones.clear();
  zones.set(zone, found);
  return found;
}

/** `+02:00`, `-0:30`. */
function toFixedOffset(zone: string): Zone {
  const { sign, hours, minutes } =
    /^(?<sign>[-+]?)(?<hours>\d{1,2}):(?<minutes>\d{1,2})$/.exec(zone)?.groups ?? {};
  if (hours === undefined || minutes === undefined) return noSuchZone(zone);
  const seconds = (Number(hours) * 60 + Number(minutes)) * 60;
  return sign === "-" ? -seconds : seconds;
}

function toNamedZone(zone: string): Zone {
  if (zone === "" || zone === "UTC" || zone === "Local") return 0;
  // The files of the time zone database have these names; Intl alone would take europe/berlin and +02 too.
  if (!/^[A-Z][\w+-]*(?:\/[A-Z][\w+-]*)*$/.test(zone)) return noSuchZone(zone);
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      era: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    return noSuchZone(zone);
  }
}

function noSuchZone(zone: string): Failure {
  return fail(
    `there is no time zone ${quote(zone)}: zones are written Europe/Berlin, UTC or +02:00`,
  );
}
