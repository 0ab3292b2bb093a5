import { expect, test } from "vitest";
import type { Decision } from "../../../core/rules/decide.ts";
import type { Rule } from "../../../core/rules/pipeline.ts";
import { createTally } from "../../../core/simulate/tally.ts";

/** Of the rule's episode with this number. */
function match(id: string, episode: number): Decision {
  const recordName = `${id}-${String(episode).padStart(20, "0")}`;
  return { rule: { id } as Rule, outcome: "matched", reason: "", recordName, onceKey: "object" };
}

test("matches of one record are one episode, and a rule that decided nothing is listed", () => {
  const tally = createTally(["a", "b"]);
  expect([tally.add(match("a", 1)), tally.add(match("a", 1))]).toEqual([true, false]);
  tally.add({ rule: { id: "a" } as Rule, outcome: "unknown", reason: "" });
  expect(tally.rules()).toEqual([
    { rule: "a", matched: 2, episodes: 1, notMatched: 0, unknown: 1, error: 0 },
    { rule: "b", matched: 0, episodes: 0, notMatched: 0, unknown: 0, error: 0 },
  ]);
  expect(tally.isComplete()).toBe(true);
});

test("past its bound it forgets no match, and says that there may be more episodes", () => {
  const tally = createTally(["a"], 2);
  for (const episode of [1, 2, 3, 1]) tally.add(match("a", episode));
  expect(tally.rules()).toMatchObject([{ matched: 4, episodes: 2 }]);
  expect(tally.isComplete()).toBe(false);
});
