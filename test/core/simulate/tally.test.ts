import { expect, test } from "vitest";
import type { Decision } from "../../../core/decide/decide.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import { createTally } from "../../../core/simulate/tally.ts";

function match(id: string, recordName: string): Decision {
  return { rule: { id } as Rule, outcome: "matched", reason: "", recordName, onceKey: "object" };
}

test("matches of one record are one episode, and a rule without decisions is listed", () => {
  const tally = createTally(["a", "b"]);
  expect([tally.add(match("a", "a-1")), tally.add(match("a", "a-1"))]).toEqual([true, false]);
  tally.add({ rule: { id: "a" } as Rule, outcome: "unknown", reason: "" });
  expect(tally.rules()).toEqual([
    { rule: "a", matched: 2, episodes: 1, notMatched: 0, unknown: 1, error: 0 },
    { rule: "b", matched: 0, episodes: 0, notMatched: 0, unknown: 0, error: 0 },
  ]);
  expect(tally.isComplete()).toBe(true);
});

test("beyond its bound it still counts matches, and says that there may be more episodes", () => {
  const tally = createTally(["a"], 2);
  for (const name of ["a-1", "a-2", "a-3", "a-1"]) tally.add(match("a", name));
  expect(tally.rules()).toMatchObject([{ matched: 4, episodes: 2 }]);
  expect(tally.isComplete()).toBe(false);
});
