import { describe, expect, test } from "vitest";
import { findNextChange } from "../../../../core/guards/times/next-change.ts";
import { isDuring, parsePeriod, type Period } from "../../../../core/guards/times/period.ts";

function read(text: string): Period {
  const period = parsePeriod(text);
  if (period === undefined) throw new Error(`${text} is no period`);
  return period;
}

const isIn = (text: string, time: string): boolean => isDuring(read(text), Date.parse(time));

/** The moments at which it begins and ends, from a time on. */
function changesOf(text: string, from: string, count: number): readonly string[] {
  const period = read(text);
  const found: string[] = [];
  let ms: number | undefined = Date.parse(from);
  while (found.length < count && ms !== undefined) {
    ms = findNextChange([period], ms, (at) => isDuring(period, at));
    if (ms !== undefined) found.push(new Date(ms).toISOString().slice(0, 16));
  }
  return found;
}

describe("a period", () => {
  test("begins at its first minute, and ends before its second time", () => {
    expect(isIn("02:00-04:00 UTC", "2026-11-30T01:59:59.999Z")).toBe(false);
    expect(isIn("02:00-04:00 UTC", "2026-11-30T02:00:00.000Z")).toBe(true);
    expect(isIn("02:00-04:00 UTC", "2026-11-30T03:59:59.999Z")).toBe(true);
    expect(isIn("02:00-04:00 UTC", "2026-11-30T04:00:00.000Z")).toBe(false);
  });

  test("over midnight belongs to the day on which it begins", () => {
    expect(isIn("Fri 22:00-06:00 UTC", "2026-11-27T23:00:00Z")).toBe(true);
    expect(isIn("Fri 22:00-06:00 UTC", "2026-11-28T05:00:00Z")).toBe(true);
    expect(isIn("Fri 22:00-06:00 UTC", "2026-11-27T05:00:00Z")).toBe(false);
    expect(isIn("Fri 22:00-06:00 UTC", "2026-11-28T23:00:00Z")).toBe(false);
  });

  test.each([
    ["Mon-Fri", [1, 2, 3, 4, 5]],
    ["Fri-Mon", [0, 1, 5, 6]],
    ["Mon,Wed-Thu", [1, 3, 4]],
    ["Sun", [0]],
  ])("on %s begins on those days", (days, expected) => {
    expect(read(`${days} 00:00-24:00 UTC`).days).toEqual(expected);
  });

  test.each([
    "02:00-02:00 UTC",
    "24:00-02:00 UTC",
    "02:00-25:00 UTC",
    "2:00-4:00 UTC",
    "Sonntag 02:00-04:00 UTC",
    "02:00-04:00",
    "02:00-04:00 EST",
    "02:00-04:00 Europe/Berln",
    "02:00-04:00  UTC",
    "",
  ])("%j is none", (text) => {
    expect(parsePeriod(text)).toBeUndefined();
  });

  test("on a leap day follows the day of the week", () => {
    expect(isIn("Tue 00:00-24:00 UTC", "2028-02-29T12:00:00Z")).toBe(true);
    expect(changesOf("Tue 00:00-24:00 UTC", "2028-02-28T12:00:00Z", 2)).toEqual([
      "2028-02-29T00:00",
      "2028-03-01T00:00",
    ]);
  });
});

describe("where the clocks are changed", () => {
  test("a night is an hour shorter, and an hour longer", () => {
    expect(changesOf("22:00-06:00 Europe/Berlin", "2026-03-28T12:00:00Z", 4)).toEqual([
      "2026-03-28T21:00",
      "2026-03-29T04:00",
      "2026-03-29T20:00",
      "2026-03-30T04:00",
    ]);
    expect(changesOf("22:00-06:00 Europe/Berlin", "2026-10-24T12:00:00Z", 2)).toEqual([
      "2026-10-24T20:00",
      "2026-10-25T05:00",
    ]);
  });

  test("a time that the clock skips does not come, and begins late if its end does", () => {
    expect(changesOf("02:15-02:45 Europe/Berlin", "2026-03-28T12:00:00Z", 1)).toEqual([
      "2026-03-30T00:15",
    ]);
    expect(changesOf("02:30-04:00 Europe/Berlin", "2026-03-28T12:00:00Z", 2)).toEqual([
      "2026-03-29T01:00",
      "2026-03-29T02:00",
    ]);
  });

  test("a weekly time that the clock skips comes a week later", () => {
    expect(changesOf("Sun 02:15-02:45 Europe/Berlin", "2026-03-22T12:00:00Z", 1)).toEqual([
      "2026-04-05T00:15",
    ]);
  });

  test("a time that the clock shows twice comes twice", () => {
    expect(changesOf("02:15-02:45 Europe/Berlin", "2026-10-24T12:00:00Z", 4)).toEqual([
      "2026-10-25T00:15",
      "2026-10-25T00:45",
      "2026-10-25T01:15",
      "2026-10-25T01:45",
    ]);
    expect(changesOf("02:00-03:00 Europe/Berlin", "2026-10-24T12:00:00Z", 2)).toEqual([
      "2026-10-25T00:00",
      "2026-10-25T02:00",
    ]);
  });
});
