import { expect, test } from "vitest";
import { formatLogLine } from "../../../cli/sandbox/format-log-line.ts";

const timestamp = "2026-03-01T10:00:00.000Z";
const time = new Date(timestamp).toLocaleTimeString("en-GB");

const format = (part: string, record: object): string | undefined =>
  formatLogLine(part, JSON.stringify(record));

test("a line of a function has its time, level, part and message, and what it is about", () => {
  const ids = { sampling_rate: 0, xray_trace_id: "1-a", requestId: "r", traceparent: "00-a" };
  const head = { level: "ERROR", message: "alert", timestamp, service: "kubemend-notify", ...ids };
  const line = format("notify", {
    ...head,
    to: "ops",
    summary: "it failed",
    rule: { id: "rerun", digest: "d" },
    trigger: { apiVersion: "batch/v1", kind: "Job", namespace: "data", name: "a", uid: "u" },
    problem: { code: "OutOfReach", message: "not allowed" },
    references: [],
  });
  expect(line).toBe(
    `${time}  ERROR  notify     alert  to=ops  summary="it failed"  rule=rerun  trigger="Job data/a"  problem="OutOfReach: not allowed"`,
  );
});

test("a line of the relay has its level as a word", () => {
  const head = { level: 40, time: timestamp, name: "kubemend-relay", msg: "the watch ended" };
  expect(format("relay", { ...head, resource: "pods", count: 2, names: ["a", "b"] })).toBe(
    `${time}  WARN   relay      the watch ended  resource=pods  count=2  names=a,b`,
  );
});

test("a record of metrics is left out", () => {
  expect(format("sweep", { _aws: { Timestamp: 1 }, Records: 4 })).toBeUndefined();
});

test("what is no JSON object is shown as it is, without control characters", () => {
  expect(formatLogLine("sweep", "stopped\u001B[2J")).toBe(String.raw`sweep      stopped\u001b[2J`);
  expect(formatLogLine("sweep", "[1]")).toBe("sweep      [1]");
  expect(format("relay", { msg: "a\nb" })).toBe(String.raw`--:--:--         relay      a\nb`);
});
