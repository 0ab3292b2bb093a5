import { describe, expect, it } from "vitest";
import { createPlan, PLAN_MAX_BYTES, withPlan } from "../../../core/records/plan.ts";
import { toEnded } from "../../../core/records/record-end.ts";
import { evaluateText } from "../../../core/actions/alert/evaluate-text.ts";
import { CREATE, planOf, toAlert } from "./operations.ts";
import { toRecord } from "./record.ts";

const NOW = "2026-03-01T10:00:00.000Z";
const { trigger } = toRecord().spec;

function planWith(annotation: string) {
  const create = { ...CREATE, metadata: { annotations: { a: annotation } } };
  return planOf([{ outcome: "operations", operations: [create, toAlert("failed")] }]);
}

describe("a plan", () => {
  it("over 100 KB is refused: nothing is done, and the alerts say why", () => {
    expect(planWith("x".repeat(PLAN_MAX_BYTES - 2_000)).problem).toBe(undefined);
    const plan = planWith("x".repeat(PLAN_MAX_BYTES));
    expect(plan.problem).toMatchObject({ phase: "Refused", code: "PlanTooLarge" });
    expect(plan.operations.map(({ type }) => type)).toEqual(["alert"]);
  });

  it("is measured as the API server stores it, which writes < as six characters", () => {
    expect(planWith("<".repeat(20_000)).problem?.code).toBe("PlanTooLarge");
  });

  it("has no more alerts than fit", () => {
    const operations = Array.from({ length: 60 }, () => toAlert("x".repeat(4_000)));
    const problem = { phase: "Refused", code: "Any", message: "no" } as const;
    const plan = createPlan({
      actions: [
        { outcome: "problem", problem },
        { outcome: "operations", operations },
      ],
      trigger,
    });
    expect(JSON.stringify(plan.operations).length).toBeLessThanOrEqual(PLAN_MAX_BYTES);
    expect(plan.operations.length).toBeGreaterThan(20);
  });
});

describe("a summary", () => {
  const evaluate = (text: string): string =>
    evaluateText("object.text", { object: { text } } as unknown as Parameters<
      typeof evaluateText
    >[1]);

  it("has 4 KB at most, in whole characters, and an ellipsis if something is missing", () => {
    expect(evaluate("x".repeat(4_096))).toBe("x".repeat(4_096));
    for (const character of ["x", "é", "€", "😀"]) {
      const text = evaluate(character.repeat(5_000));
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096);
      expect(Buffer.byteLength(text)).toBeGreaterThan(4_088);
      expect(text).toMatch(new RegExp(`^(${character})+…$`, "u"));
    }
  });
});

describe("the end of a record", () => {
  const status = withPlan({ phase: "Running" }, planWith("x"));
  const endOf = (phase: "Succeeded" | "Refused" | "Failed", reason: string) =>
    toEnded(status, { phase, reason, message: "m" }, NOW);

  it("keeps what it needs to tell: the steps of what succeeded, nothing of what is refused again and again", () => {
    expect(endOf("Succeeded", "Remediated")).not.toHaveProperty("plan");
    expect(endOf("Succeeded", "Remediated").steps).toHaveLength(2);
    for (const end of [endOf("Succeeded", "NothingToDo"), endOf("Refused", "LoopDepth")]) {
      expect(end).not.toHaveProperty("plan");
      expect(end).not.toHaveProperty("steps");
    }
    expect(endOf("Failed", "Invalid").plan).toEqual(status.plan);
  });
});
