import { describe, expect, it, test } from "vitest";
import { compareDecisions, type Compared } from "../../../core/simulate/compare-decisions.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";

const rule = {
  id: "r",
  then: [{ action: "label", parameters: { set: { a: "b" } } }],
} as unknown as Rule;

function toMatch(more: Partial<Compared> = {}, record = "r-1", ruleMore: object = {}): Compared {
  const decision = {
    rule: { ...rule, ...ruleMore },
    outcome: "matched",
    reason: "",
    recordName: record,
  } as const;
  return { decision, isNew: true, does: "label a=b", guarded: "started", ...more };
}

const toOther = (
  outcome: "notMatched" | "unknown" | "error",
  reason = "",
  ruleMore: object = {},
): Compared => ({
  decision: { rule: { ...rule, ...ruleMore }, outcome, reason },
  isNew: true,
});

describe("two pipelines differ", () => {
  it.each<[string, Compared, Compared]>([
    ["if only one matches", toMatch(), toOther("notMatched")],
    ["if only one has an error", toOther("notMatched"), toOther("error", "x")],
    ["if they have other errors", toOther("error", "y"), toOther("error", "x")],
    ["in the episode", toMatch(), toMatch({}, "r-2")],
    ["in the modes by time", toMatch(), toMatch({}, "r-1", { modes: [{ mode: "approval" }] })],
    ["in what is done", toMatch(), toMatch({ does: "label a=c" })],
    ["in what the guards say", toMatch(), toMatch({ guarded: "deferred" })],
    [
      "in the actions as written, if it is not known what they do",
      toMatch({ does: undefined }),
      toMatch({ does: undefined }, "r-1", { then: [] }),
    ],
  ])("%s", (_how, before, after) => {
    expect(compareDecisions([before], [after])).toEqual([{ rule: "r", before, after }]);
  });
});

describe("two pipelines do not differ", () => {
  it.each<[string, Compared, Compared]>([
    ["in the reasons for doing nothing", toOther("notMatched"), toOther("unknown")],
    [
      "in what they would do if they matched",
      toOther("notMatched"),
      toOther("notMatched", "", { then: [] }),
    ],
    ["in how a rule is written", toMatch(), toMatch({}, "r-1", { then: [] })],
    [
      "in an episode that both have begun before",
      toMatch({ isNew: false, does: undefined }),
      toMatch({ isNew: false, does: undefined }, "r-1", { then: [] }),
    ],
    ["in an episode that one has begun before", toMatch({ isNew: false }), toMatch({ does: "x" })],
  ])("%s", (_how, before, after) => {
    expect(compareDecisions([before], [after])).toEqual([]);
  });
});

test("a rule that only one of them has is a difference, those of the first pipeline come first", () => {
  const first = toMatch({}, "a-1", { id: "a" });
  const second = toMatch({}, "b-1", { id: "b" });
  expect(compareDecisions([first], [second])).toEqual([
    { rule: "a", before: first, after: undefined },
    { rule: "b", before: undefined, after: second },
  ]);
});
