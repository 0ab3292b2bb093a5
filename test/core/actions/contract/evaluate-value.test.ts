import { describe, expect, it } from "vitest";
import { evaluateValue } from "../../../../core/actions/contract/evaluate-value.ts";
import { toRawInteger } from "../../../../events/json.ts";
import { runAction, toLines, toObject } from "../run-action.ts";

const BINDINGS = {
  object: { text: "x".repeat(1_000_000), zero: 0 },
  cluster: { name: "c", uid: "u" },
  now: "2026-03-01T10:00:00.000Z",
};
const evaluate = (expression: string): unknown => evaluateValue(expression, BINDINGS);

describe("a value of CEL that a field cannot hold is an error of the rule:", () => {
  it.each([
    ["NaN", "0.0 / 0.0", "NaN"],
    ["an infinity in a list", "[1.0 / 0.0]", "Infinity"],
    ["a number of more than 64 bits", "{'a': 18446744073709551615u}", "more than 64 bits"],
    ["a quantity", "quantity('1Gi')", "kubernetes.Quantity"],
    ["a version in a map", "{'a': semver('1.2.3')}", "kubernetes.Semver"],
    ["more than a million characters", "[object.text, 'y']", "1,000,000 steps"],
  ])("%s", (_what, expression, why) => {
    expect(() => evaluate(expression)).toThrow(why);
  });

  it("and what it can hold is its value", () => {
    expect(evaluate("9223372036854775807")).toEqual(toRawInteger(9_223_372_036_854_775_807n));
    expect(evaluate("duration('90s')")).toBe("90s");
    expect(evaluate("[1, 1.5, 2u]")).toEqual([1, 1.5, 2]);
  });
});

describe("scale", () => {
  const scene = {
    resource: "deployments.apps",
    object: toObject("apps/v1", "Deployment", { spec: { replicas: 2 } }),
  };

  it.each([{ by: -3 }, { cel: "x" }])("below zero is refused: %j", (replicas) => {
    const { answer } = runAction("scale", { replicas }, { ...scene, values: { x: -1 } });
    expect(answer).toMatchObject({ outcome: "refused", code: "NoCount" });
  });

  it("goes down to the least number that the rule writes", () => {
    const { answer } = runAction("scale", { replicas: { by: -3 }, min: 1 }, scene);
    expect(toLines(answer)).toEqual(["spec replicas: 2 -> 1"]);
  });
});
