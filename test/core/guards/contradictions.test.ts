import { expect, test } from "vitest";
import { findContradictions } from "../../../core/guards/contradictions.ts";
import { toGuardSettings } from "../../../core/pipeline/guards/parse-guards.ts";
import type { GuardsDocument } from "../../../core/pipeline/guards/guards-schema.ts";

const find = (written: GuardsDocument) => findContradictions(toGuardSettings(written));

test("the defaults do not contradict each other", () => {
  expect(find({})).toEqual([]);
});

test.each([
  ["the breaker", { breaker: { halfOpenAfter: "1h" } }, "breaker.halfOpenAfter (1h)"],
  ["a storm", { stormBrake: { quiet: "1h" } }, "stormBrake.quiet (1h)"],
  ["a cooldown", { cooldown: "31m", breaker: "off" }, "cooldown (31m)"],
] as const)(
  "a time to wait that is shorter than that of %s loses what waits",
  (_, written, key) => {
    expect(find(written)).toEqual([
      expect.stringContaining(`deferFor (30m) is shorter than ${key}`) as string,
    ]);
    expect(find({ ...written, whenGuarded: "refuse" })).toEqual([]);
    expect(find({ ...written, deferFor: "1h" })).toEqual([]);
  },
);

test("a number of objects that no hour reaches is named", () => {
  expect(find({ blastRadius: 60 })).toEqual([
    expect.stringContaining("blastRadius (60) never counts: maxPerHour (60)") as string,
  ]);
  expect(find({ blastRadius: 59 })).toEqual([]);
  expect(find({ blastRadius: "100%" })).toEqual([]);
});

test("what is off contradicts nothing", () => {
  expect(find({ deferFor: "1m", breaker: "off", stormBrake: "off", cooldown: "off" })).toEqual([]);
});

test("a cooldown that is too long for the breaker to count one object is named", () => {
  const cooldown = "30m";
  expect(find({ cooldown, breaker: { sameTarget: 3, within: "1h" } })).toEqual([
    expect.stringContaining("breaker.sameTarget (3 within 1h) never counts") as string,
  ]);
  expect(find({ cooldown, breaker: { sameTarget: 3, within: "61m" } })).toEqual([]);
});

test("a time to wait that is shorter than the time between two windows loses what waits", () => {
  const toLonger = (time: string) => [
    expect.stringContaining(`longest time between two windows (${time})`) as string,
  ];
  expect(find({ windows: ["Sat 02:00-04:00 Europe/Berlin"] })).toEqual(toLonger("166h"));
  const windows = ["Sat 02:00-04:00 UTC", "Mon-Fri 22:00-24:00 UTC"];
  expect(find({ windows, deferFor: "1d" })).toEqual(toLonger("66h"));
  expect(find({ windows, deferFor: "66h" })).toEqual([]);
  expect(find({ windows, whenGuarded: "refuse" })).toEqual([]);
});
