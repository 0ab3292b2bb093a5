import { expect, test } from "vitest";
import { findContradictions } from "../../../core/guards/contradictions.ts";
import { toGuardSettings } from "../../../core/pipeline/guards/parse-guards.ts";
import type { GuardsDocument } from "../../../core/pipeline/guards/guards-schema.ts";

const find = (written: GuardsDocument) => findContradictions(toGuardSettings(written));

test("the defaults do not contradict each other", () => {
  expect(find({})).toEqual([]);
});

test.each([
  ["the breaker", { breaker: { halfOpenAfter: "2h" } }, "breaker.halfOpenAfter (2h)"],
  ["a storm", { stormBrake: { quiet: "2h" } }, "stormBrake.quiet (2h)"],
  ["a cooldown", { cooldown: "61m", breaker: "off" }, "cooldown (61m)"],
] as const)(
  "a time to wait that is shorter than that of %s loses what waits",
  (_, written, key) => {
    expect(find(written)).toEqual([
      expect.stringContaining(`deferFor (1h) is shorter than ${key}`) as string,
    ]);
    expect(find({ ...written, whenGuarded: "refuse" })).toEqual([]);
    expect(find({ ...written, deferFor: "2h" })).toEqual([]);
  },
);

test("a time to wait that is shorter than the hour of a limit loses what is above it", () => {
  const [note, ...more] = find({ deferFor: "59m", blastRadius: 5, breaker: "off" });
  expect(note).toContain("deferFor (59m) is shorter than the hour of maxPerHour and blastRadius");
  expect(more).toEqual([]);
  expect(find({ deferFor: "1h", blastRadius: 5 })).toEqual([]);
  const limits = { breaker: "off", maxPerHour: "off" } as const;
  expect(find({ ...limits, deferFor: "59m" })).toEqual([]);
  expect(find({ breaker: "off", whenGuarded: "refuse" })).toEqual([]);
});

test("a number of objects that no hour reaches is named", () => {
  expect(find({ blastRadius: 60 })).toEqual([
    expect.stringContaining("blastRadius (60) never counts: maxPerHour (60)") as string,
  ]);
  expect(find({ blastRadius: 59 })).toEqual([]);
  expect(find({ blastRadius: "100%" })).toEqual([]);
});

test("an upper limit of a percentage that no hour reaches is named", () => {
  expect(find({ blastRadius: { percent: 10, atMost: 60 } })).toEqual([
    expect.stringContaining("blastRadius.atMost (60) never counts: maxPerHour (60)") as string,
  ]);
  expect(find({ blastRadius: { percent: 10, atMost: 59 } })).toEqual([]);
});

test("a percentage without any upper limit is named", () => {
  const off = { maxPerHour: "off", breaker: "off" } as const;
  expect(find({ ...off, blastRadius: "10%" })).toEqual([
    expect.stringContaining("Write blastRadius: { percent: 10, atMost: <objects> }") as string,
  ]);
  expect(find({ ...off, blastRadius: { percent: 10, atMost: 5 } })).toEqual([]);
  expect(find({ ...off, blastRadius: 5 })).toEqual([]);
});

test("what is off contradicts nothing", () => {
  const off = { breaker: "off", stormBrake: "off", cooldown: "off", maxPerHour: "off" } as const;
  expect(find({ ...off, deferFor: "1m" })).toEqual([]);
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
