import type { AlertMessage } from "../../events/alert.ts";

/** The structured record in a function's log line; undefined for any other line. */
export function parseLogRecord(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === "object" && record !== null
      ? (record as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The alert that notify delivered with this log record, if it is one. */
export function toAlert(
  record: Readonly<Record<string, unknown>>,
): AlertMessage["data"] | undefined {
  return typeof record["alertId"] === "string" && typeof record["rule"] === "object"
    ? (record as unknown as AlertMessage["data"])
    : undefined;
}
