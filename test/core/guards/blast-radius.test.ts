import { describe, expect, test } from "vitest";
import { admit } from "../../../core/guards/admit.ts";
import { holdBlastRadius } from "../../../core/guards/blast-radius.ts";
import type { Selected } from "../../../core/guards/hold.ts";
import { countNeededEntries, DEFAULT_GUARDS, toMemoryMs } from "../../../core/guards/settings.ts";
import { parsePercent, type GuardsDocument } from "../../../core/pipeline/guards/guards-schema.ts";
import { toGuardSettings } from "../../../core/pipeline/guards/parse-guards.ts";

const NOW_MS = Date.parse("2026-03-01T12:00:00.000Z");
const at = (minutesAgo: number) => new Date(NOW_MS - minutesAgo * 60_000).toISOString();
const started = (target: string, minutesAgo: number) => ({
  id: `${target}-${minutesAgo}`,
  target,
  admittedAt: at(minutesAgo),
});

const OFF = { maxInFlight: "off", maxPerHour: "off", cooldown: "off", breaker: "off" } as const;
type Written = GuardsDocument["blastRadius"];
const toSettings = (blastRadius: Written) =>
  toGuardSettings({ ...OFF, stormBrake: "off", blastRadius });

function hold(
  blastRadius: Written,
  entries: readonly ReturnType<typeof started>[],
  target: string,
  selected?: Selected,
) {
  const candidate = { id: "next", target, isNew: true };
  return holdBlastRadius({ entries, selected }, candidate, toSettings(blastRadius), NOW_MS);
}

describe("a number of objects", () => {
  const two = [started("a", 50), started("b", 20), started("a", 10)];

  test("holds back the next object, until one of them was last started an hour ago", () => {
    expect(hold(2, two, "c")).toMatchObject({ code: "BlastRadius", until: at(-40) });
    expect(hold(1, two, "c")).toMatchObject({ until: at(-50) });
    expect(hold(3, two, "c")).toBeUndefined();
  });

  test("counts an object once, and no start that is an hour old", () => {
    expect(hold(2, two, "a")).toBeUndefined();
    expect(hold(2, [started("a", 60), started("b", 20)], "c")).toBeUndefined();
  });
});

describe("a percentage of the selected objects", () => {
  test.each([
    [10, "20%", 2],
    [14, "20%", 2],
    [3, "20%", 1],
    [0, "50%", 1],
    [200, "100%", 200],
  ])("of %s objects %s is %s", (count, percent, most) => {
    const entries = Array.from({ length: most }, (_, index) => started(`t-${index}`, 5));
    expect(hold(percent, entries, "next", { count })).toMatchObject({ code: "BlastRadius" });
    expect(hold(percent, entries.slice(1), "next", { count })).toBeUndefined();
  });

  test.each([
    [20, 2],
    [50, 5],
    [10_000, 5],
    [0, 1],
  ])("of %s objects a percentage with an upper limit allows %s", (count, most) => {
    const entries = Array.from({ length: most }, (_, index) => started(`t-${index}`, 5));
    const radius = { percent: 10, atMost: 5 };
    expect(hold(radius, entries, "next", { count })).toMatchObject({
      code: "BlastRadius",
      message: expect.stringContaining(
        `(blastRadius: 10%, but at most 5, of ${count} selected)`,
      ) as string,
    });
    expect(hold(radius, entries.slice(1), "next", { count })).toBeUndefined();
  });

  test("says of how many, and when the next may be", () => {
    expect(hold("20%", [started("a", 5)], "next", { count: 9 })?.message).toBe(
      `1 of 1 objects were remediated by the rule within the last hour (blastRadius: 20% of 9 selected); the next may be at ${at(-55)}`,
    );
  });

  test("holds back if it is not known how many these are, and says why", () => {
    const unknown = "it cannot be counted how many pods it selects (forbidden)";
    expect(hold("20%", [], "next", { unknown })).toMatchObject({
      code: "BlastRadiusUnknown",
      message: expect.stringContaining(unknown) as string,
      until: at(-1),
    });
    expect(hold("20%", [], "next")).toMatchObject({ code: "BlastRadiusUnknown" });
    expect(hold("20%", [started("a", 5)], "a", { unknown })).toBeUndefined();
  });

  test("with an upper limit allows that many if it is not known how many these are", () => {
    const unknown = "it cannot be counted how many pods it selects (forbidden)";
    const radius = { percent: 10, atMost: 2 };
    expect(hold(radius, [started("a", 5)], "next", { unknown })).toBeUndefined();
    expect(hold(radius, [started("a", 5), started("b", 5)], "next", { unknown })).toMatchObject({
      code: "BlastRadius",
      message: expect.stringContaining(
        `(blastRadius: 10%, but at most 2, the upper limit alone counts now, as ${unknown})`,
      ) as string,
    });
  });
});

test("of many that wait, those of objects that count already start, and the others do not", () => {
  const entries = [started("a", 5), started("old", 70)];
  const waiting = ["b", "c", "a", "old"].map((target) => ({ id: target, target, isNew: false }));
  const { answers } = admit({ entries }, waiting, toSettings(1), NOW_MS, { most: 100 });
  expect([...answers].map(([id, { outcome }]) => [id, outcome])).toEqual([
    ["b", "deferred"],
    ["c", "deferred"],
    ["a", "admitted"],
    ["old", "deferred"],
  ]);
});

test("starts are remembered for an hour, and a number of objects needs as many entries", () => {
  expect(toMemoryMs(toSettings(5))).toBe(3_600_000);
  expect(countNeededEntries(toSettings(5))).toBe(5);
  expect(countNeededEntries(toSettings({ percent: 10, atMost: 7 }))).toBe(7);
  expect(countNeededEntries({ ...DEFAULT_GUARDS, blastRadius: { count: 5 } })).toBe(
    countNeededEntries(DEFAULT_GUARDS),
  );
});

test.each([["0%"], ["101%"], ["1.5%"], ["20"], ["-1%"], ["%"], ["020%"]])(
  "%s is no percentage",
  (text) => {
    expect(parsePercent(text)).toBeUndefined();
  },
);
