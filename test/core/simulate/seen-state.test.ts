import { describe, expect, it } from "vitest";
import type { ChangeMessage } from "../../../events/change.ts";
import type { Decision } from "../../../core/decide/decide.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import { toSeenState } from "../../../core/simulate/seen-state.ts";

const toRule = (more: object = {}): Rule =>
  ({
    id: "r",
    on: { resource: "pods", changes: ["added", "modified"] },
    then: [],
    ...more,
  }) as unknown as Rule;

function see(outcome: Decision["outcome"], change: string, rule = toRule()) {
  const object = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "shop", uid: "u" },
  };
  const message = { data: { change, object, rules: {} } } as unknown as ChangeMessage;
  const recordName = outcome === "matched" ? "r-1" : undefined;
  return toSeenState({ rule, outcome, reason: "", recordName }, message);
}

describe("what a recorded state says about requests that wait", () => {
  it.each([
    ["notMatched", "modified", "ConditionNoLongerHolds"],
    ["unknown", "modified", "ConditionUnknown"],
    ["error", "modified", "RuleError"],
    ["notMatched", "deleted", "TriggerGone"],
    ["notMatched", "left", "NotSelected"],
  ] as const)("%s, %s: they are over for the reason %s", (outcome, change, code) => {
    expect(see(outcome, change)).toEqual({ rule: "r", uid: "u", code });
  });

  it("a match names the record of its episode", () => {
    expect(see("matched", "modified")).toMatchObject({ rule: "r", uid: "u", record: "r-1" });
  });

  it("a change that the rule does not look at says nothing", () => {
    const rule = toRule({ on: { resource: "pods", changes: ["added"] } });
    expect(see("notMatched", "modified", rule)).toBeUndefined();
  });

  it("a rule that acts on what is gone continues when its object is deleted", () => {
    expect(see("notMatched", "deleted", toRule({ ifGone: "act" }))).toBeUndefined();
  });
});
