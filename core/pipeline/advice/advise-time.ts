import { formatDuration } from "../../text/duration.ts";
import type { Advice, Situation } from "./advice.ts";

const DURATION_KEYS = new Set(["for", "within", "giveUpAfter", "approveWithin"]);

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** A duration that is written as people, ISO 8601 or other tools write it. */
export function adviseDuration({ key, value, issue }: Situation): Advice {
  if (!DURATION_KEYS.has(key) || value === undefined || issue.at === "key") return undefined;
  if (typeof value === "number") {
    return { message: `${value} has no unit`, hint: `write ${value}s, ${value}m or ${value}h` };
  }
  if (typeof value !== "string") return undefined;
  const ms = readSpokenDuration(value);
  if (ms === undefined) return undefined;
  if (ms < 1_000) return { message: "is shorter than a second", hint: "write 1s or more" };
  return { hint: `write ${formatDuration(Math.ceil(ms / 1_000) * 1_000)}` };
}

/** `10 minutes`, `1.5h`, `1w`, `PT10M`, `500ms` in ms; undefined if it cannot be read. */
function readSpokenDuration(written: string): number | undefined {
  const text = written
    .trim()
    .toLowerCase()
    .replace(/^p(?=[\dt])/, "")
    .replaceAll("t", "t ");
  const part = /(?<count>\d+(?:\.\d+)?)\s*(?<unit>ms|milli[a-z]*|[smhdw])[a-z]*[\s,]*/y;
  const plain = written.trim().toLowerCase().startsWith("p")
    ? text.replaceAll("t ", "")
    : written.trim().toLowerCase();
  let total = 0;
  while (part.lastIndex < plain.length) {
    const found = part.exec(plain);
    if (found === null) return undefined;
    const { count = "", unit = "" } = found.groups ?? {};
    total +=
      Number(count) *
      (unit.startsWith("ms") || unit.startsWith("milli") ? 1 : (UNITS_MS[unit] ?? 0));
  }
  return total;
}

const MOMENT =
  "at is a CEL expression that gives one moment, such as timestamp(object.status.notAfter) - duration('168h') or timestamp('2026-12-24T22:00:00Z')";
const CLOCK =
  /^(?:\d{1,2}(?::\d\d){1,2}\s*(?:[ap]\.?m\.?)?|\d{1,2}\s*[ap]\.?m\.?)(?:\s+(?:utc|z|[+-]\d\d:?\d\d|[a-z]+\/[a-z_]+))?$/i;
const CRON_FIELD = String.raw`(?:\*|\?|[\dA-Za-z]+)(?:[-/,#LW][\dA-Za-z*]+)*`;
const CRON = new RegExp(
  String.raw`^(?:@[a-z]+(?:\s+\S+)?|(?:CRON_TZ=\S+\s+|TZ=\S+\s+)?${CRON_FIELD}(?:\s+${CRON_FIELD}){4,5})$`,
);

/** `at` that is written as a time of day, a cron line, a date or a duration. */
export function adviseAt({ key, value, issue }: Situation): Advice {
  if (key !== "at" || value === undefined) return undefined;
  if (typeof value !== "string") return { hint: MOMENT };
  const text = value.trim().replace(/^(["'])(.*)\1$/, "$2");
  if (CRON.test(text)) {
    const hint = `at is one moment for one match, not a schedule. ${MOMENT}`;
    return { message: `${JSON.stringify(text)} is a cron line`, hint };
  }
  if (/^\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?(?:Z|[+-]\d\d:?\d\d)?$/.test(text)) {
    return { message: `${JSON.stringify(text)} is no CEL timestamp`, hint: toTimestampHint(text) };
  }
  if (CLOCK.test(text)) {
    const hint = `at is one moment, not a time of day. ${MOMENT}`;
    return { message: `${JSON.stringify(text)} is a time of day`, hint };
  }
  const ms = readSpokenDuration(text.replace(/^(?:in|after|\+)\s*/i, ""));
  if (ms === undefined || ms === 0) {
    const isProse = issue.at !== "key" && !/[.(]|\bnow\b/.test(text);
    return isProse
      ? { message: `${JSON.stringify(text)} is no moment that CEL can give`, hint: MOMENT }
      : undefined;
  }
  const hint = `to wait that long after the match, write for: ${formatDuration(ms)}. ${MOMENT}`;
  return { message: `${JSON.stringify(text)} is a duration, not a moment`, hint };
}

function toTimestampHint(text: string): string {
  const [, date = "", time = "00:00", zone = "Z"] =
    /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?))?(Z|[+-]\d\d:?\d\d)?$/.exec(text) ?? [];
  const offset = zone.replace(/^([+-]\d\d)(\d\d)$/, "$1:$2");
  return `write timestamp('${date}T${time.length === 5 ? `${time}:00` : time}${offset}')`;
}
