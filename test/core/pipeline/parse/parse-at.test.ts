import { expect, test } from "vitest";
import { findAtIssues } from "../../../../core/pipeline/parse/parse-at.ts";
import { parseTimestamp } from "../../../../core/text/timestamp.ts";

test.each([
  ["22:00", /not a time$/, /not a time of day/],
  ["'22:00'", /never a time/, /not a time of day/],
  ["1", /never a time/, /gives a time/],
  ["'1'", /never a time/, /gives a time/],
  ["'tomorrow'", /never a time/, /gives a time/],
  ["true", /never a time/, /gives a time/],
  ["duration('1h')", /never a time/, /gives a time/],
  ["timestamp('tomorrow')", /"tomorrow" is not a time such as 2024-01-31T08:00:00Z/],
  ["'2026-02-30T00:00:00Z'", /never a time/, /gives a time/],
  ["'2026-01-01'", /never a time/, /gives a time/],
])("at: %s is refused when the pipeline is loaded", (source, message, hint = /^/) => {
  const [issue] = findAtIssues(source, ["at"]);
  expect(issue?.message).toMatch(message);
  expect(issue?.hint ?? "").toMatch(hint);
});

test.each([
  "timestamp('2026-01-01T00:00:00Z')",
  "'2026-01-01T00:00:00+02:00'",
  "timestamp('2026-01-01T00:00:00Z') + duration('1h')",
  "now",
  "object.status.notAfter",
  "timestamp(object.status.notAfter) - duration('168h')",
])("at: %s may be a time", (source) => {
  expect(findAtIssues(source, ["at"])).toEqual([]);
});

test.each(["1", "2026", "2026-01-01", "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z", "", "now"])(
  "%j states no time",
  (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  },
);

test("a timestamp states its time, with any offset", () => {
  expect(parseTimestamp("2026-01-01T02:00:00.5+02:00")).toBe(
    Date.parse("2026-01-01T00:00:00.500Z"),
  );
});
