import { Timestamp, NANOS_A_SECOND } from "../values/time.ts";

const RFC_3339 =
  /^(?<date>\d{4}-\d\d-\d\d)T(?<hour>\d{1,2}):(?<minute>\d\d):(?<second>\d\d)(?:[.,](?<fraction>\d+))?(?<zone>Z|(?<sign>[-+])(?<zoneHour>\d\d):(?<zoneMinute>\d\d))$/;

/** A moment of RFC 3339 as Go reads it: on a day that exists, in the years 1 to 9999. Undefined for any other text. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const groups = text.length < 100 ? RFC_3339.exec(text)?.groups : undefined;
  if (groups === undefined) return undefined;
  const { date = "", fraction = "", sign, zoneHour, zoneMinute } = groups;
  const [hour = 0, minute = 0, second = 0] = ["hour", "minute", "second"].map((part) =>
    Number(groups[part]),
  );
  const zone = (Number(zoneHour ?? 0) * 60 + Number(zoneMinute ?? 0)) * 60;
  const day = Date.parse(`${date}T00:00:00Z`);
  const isDay = !Number.isNaN(day) && new Date(day).toISOString().startsWith(date);
  const isTime = hour < 24 && minute < 60 && second < 60;
  const isZone = Number(zoneHour ?? 0) <= 24 && Number(zoneMinute ?? 0) < 60;
  if (!isDay || !isTime || !isZone) return undefined;
  const offset = sign === "-" ? -zone : zone;
  const seconds = day / 1_000 + hour * 3_600 + minute * 60 + second - offset;
  if (seconds < -62_135_596_800 || seconds > 253_402_300_799) return undefined;
  const nanos = BigInt(fraction.slice(0, 9).padEnd(9, "0"));
  return new Timestamp(BigInt(seconds) * NANOS_A_SECOND + nanos, offset + 0);
}

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  "\u00b5s": 1_000n,
  "\u03bcs": 1_000n,
  ms: 1_000_000n,
  s: NANOS_A_SECOND,
  m: 60n * NANOS_A_SECOND,
  h: 3_600n * NANOS_A_SECOND,
};
const PART = /(?<whole>\d*)(?:\.(?<fraction>\d*))?(?<unit>ns|us|\u00b5s|\u03bcs|ms|s|m|h)/y;

/**
 * The nanoseconds of `1h30m`, `-1.5h`, `0`; undefined for any other text. There is no unit for a day.
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function parseDuration(text: string): bigint | undefined {
  const [sign = ""] = /^[-+]?/.exec(text) ?? [];
  const rest = text.slice(sign.length);
  if (rest === "0") return 0n;
  let nanos = 0n;
  let at = 0;
  while (at < rest.length) {
    PART.lastIndex = at;
    const match = PART.exec(rest);
    const { whole = "", fraction = "", unit = "" } = match?.groups ?? {};
    const size = UNITS[unit];
    if (match === null || size === undefined || whole + fraction === "") return undefined;
    const scale = 10n ** BigInt(fraction.length);
    nanos += BigInt(whole || "0") * size + (BigInt(fraction || "0") * size) / scale;
    at = PART.lastIndex;
  }
  if (at === 0) return undefined;
  return sign === "-" ? -nanos : nanos;
}
