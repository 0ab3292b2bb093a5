import { expect, it } from "vitest";
import { race, type Earlier } from "./raced-desks.ts";

const MINUTE_MS = 60_000;

const repeat = (count: number, toOne: (index: number) => Earlier): readonly Earlier[] =>
  Array.from({ length: count }, (_, index) => toOne(index));

const failedBefore = (object: string): Earlier => ({
  object,
  admitted: 50 * MINUTE_MS,
  ended: 40 * MINUTE_MS,
  outcome: "failed",
});

/** Each with one place that is free. */
it.each<[string, object, readonly [string, string], readonly Earlier[], string]>([
  ["cooldown", { cooldown: "5m" }, ["a", "a"], [], "Cooldown"],
  [
    "blastRadius",
    { blastRadius: 3 },
    ["a", "b"],
    repeat(2, (index) => ({ object: `c${index}`, admitted: MINUTE_MS, ended: 0 })),
    "BlastRadius",
  ],
  [
    "maxPerHour",
    { maxPerHour: 3 },
    ["a", "b"],
    repeat(2, (index) => ({ object: `c${index}`, admitted: MINUTE_MS, ended: 0 })),
    "MaxPerHour",
  ],
  [
    "maxInFlight",
    { maxInFlight: 3 },
    ["a", "b"],
    repeat(2, (index) => ({ object: `c${index}`, admitted: MINUTE_MS })),
    "MaxInFlight",
  ],
  [
    "the breaker of the rule, half-open",
    { breaker: { failures: 3, halfOpenAfter: "30m" } },
    ["a", "b"],
    repeat(3, (index) => failedBefore(`c${index}`)),
    "BreakerOpen",
  ],
  [
    "the breaker of one object, half-open",
    { breaker: { failures: 3, halfOpenAfter: "30m" } },
    ["a", "a"],
    repeat(3, () => failedBefore("a")),
    "TargetBreakerOpen",
  ],
  [
    "the breaker of an object that comes back",
    { breaker: { sameTarget: 4, within: "1h" } },
    ["a", "a"],
    repeat(3, () => ({ object: "a", admitted: MINUTE_MS, ended: 0 })),
    "TargetBreakerOpen",
  ],
  [
    "the storm brake",
    { stormBrake: { matches: 5, within: "5m" } },
    ["a", "b"],
    repeat(4, (index) => ({ object: `c${index}`, seen: MINUTE_MS })),
    "Storm",
  ],
  [
    "the last entry of the guard",
    { breaker: { failures: 20 } },
    ["a", "b"],
    repeat(599, (index) => ({ object: `c${index}`, admitted: MINUTE_MS })),
    "GuardFull",
  ],
])(
  "of two functions that ask %s at once, exactly one is admitted",
  async (_guard, guards, objects, earlier, code) => {
    const { answers, conflicts, started } = await race({ ...guards }, objects, earlier);
    expect(conflicts).toBe(1);
    expect(answers.filter(({ outcome }) => outcome === "admitted")).toHaveLength(1);
    const held = answers.find(({ outcome }) => outcome !== "admitted");
    expect(held).toMatchObject({ outcome: "deferred", hold: { code } });
    expect(started).toHaveLength(1);
  },
);

it("a pause that is set while two functions ask holds both back", async () => {
  const { answers, started } = await race({}, ["a", "b"], [], (server) => {
    server.pause("rerun", { reason: "a change" });
  });
  expect(answers).toMatchObject(
    ["a", "b"].map(() => ({ outcome: "deferred", hold: { code: "Paused" } })),
  );
  expect(started).toEqual([]);
});
