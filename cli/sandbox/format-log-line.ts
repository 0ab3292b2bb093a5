import { isRawInteger, readBoundedJson } from "../../events/json.ts";
import { isObject, readField } from "../../core/json/read-json.ts";
import { toPrintable } from "../../core/text/printable.ts";

/** Fields that are shown in a place of their own, and ids that help only a machine. */
const NOT_SHOWN: ReadonlySet<string> = new Set([
  "level",
  "time",
  "timestamp",
  "msg",
  "message",
  "service",
  "pid",
  "hostname",
  "sampling_rate",
  "xray_trace_id",
  "requestId",
  "traceId",
  "traceparent",
]);
/** https://getpino.io/#/docs/api?id=logger-level */
const PINO_LEVELS: Readonly<Record<string, string>> = {
  10: "TRACE",
  20: "DEBUG",
  30: "INFO",
  40: "WARN",
  50: "ERROR",
  60: "FATAL",
};

/**
 * A log line of a part in one line for people: time, level, part, message, and the fields that say what it is about. Undefined for a
 * record of metrics. A line that is no JSON object is shown as it is.
 */
export function formatLogLine(part: string, text: string): string | undefined {
  const read = readBoundedJson(text);
  const record = read.outcome === "read" ? read.value : undefined;
  if (!isObject(record)) {
    return toPrintable(`${part.padEnd(9)}  ${text}`);
  }
  if (Object.hasOwn(record, "_aws")) return undefined;
  const time = toTime(readField(record, "timestamp") ?? readField(record, "time"));
  const level = toLevel(readField(record, "level"));
  const message = readField(record, "message") ?? readField(record, "msg") ?? "";
  const head = `${time}  ${level.padEnd(5)}  ${part.padEnd(9)}  ${toText(message)}`;
  return toPrintable([head, ...formatFields(record)].join("  "));
}

function formatFields(record: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(record).flatMap(([name, value]) => {
    if (NOT_SHOWN.has(name) || (name === "name" && value === "kubemend-relay")) return [];
    const text = toText(value);
    if (text === "") return [];
    return [`${name}=${/[\s"=]/.test(text) ? JSON.stringify(text) : text}`];
  });
}

/** A value in a few words: of an object what identifies it. Empty if nothing does. */
function toText(value: unknown): string {
  if (isRawInteger(value)) return value.rawJSON;
  if (Array.isArray(value)) return value.map(toText).filter(Boolean).join(",");
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (!isObject(value)) return "";
  const read = (field: string): string => {
    const text = value[field];
    return typeof text === "string" ? text : "";
  };
  const message = read("message");
  if (message !== "") return joinPresent(": ", read("code"), message);
  const name = read("name");
  if (name === "") return read("kind") || read("id");
  return joinPresent(" ", read("kind"), joinPresent("/", read("namespace"), name));
}

function joinPresent(separator: string, ...texts: readonly string[]): string {
  return texts.filter(Boolean).join(separator);
}

function toLevel(level: unknown): string {
  return typeof level === "string" ? level : (PINO_LEVELS[String(level)] ?? "");
}

/** The time of day on this machine. */
function toTime(time: unknown): string {
  const date = new Date(typeof time === "number" ? time : String(time));
  return Number.isNaN(date.getTime()) ? "--:--:--" : date.toLocaleTimeString("en-GB");
}
