import { expect, it } from "vitest";
import { formatDuration, parseDuration } from "../../../core/text/duration.ts";

it.each([
  ["1s", 1_000],
  ["90s", 90_000],
  ["10m", 600_000],
  ["1h30m", 5_400_000],
  ["2d", 172_800_000],
  ["1d2h3m4s", 93_784_000],
  ["999999d", 86_399_913_600_000],
])("%s is %d ms", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it.each(["", "s", "10", "10 m", "1.5h", "-1s", "10w", "1000000s", "10mx", "x10m", "10M"])(
  "%j is no duration",
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

it.each([
  [1_000, "1s"],
  [90_000, "90s"],
  [60_000, "1m"],
  [600_000, "10m"],
  [3_600_000, "1h"],
  [5_400_000, "90m"],
  [86_400_000, "1d"],
  [90_000_000, "25h"],
  [1_500, "1500ms"],
  [0, "0ms"],
])("%d ms is written as %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
