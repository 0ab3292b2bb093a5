import { describe, expect, it } from "vitest";
import { createPlan, withPlan } from "../../../../core/records/plan.ts";
import { planNextStep } from "../../../../core/records/next-step.ts";
import type { StepOutcome } from "../../../../core/records/step-progress.ts";
import { CREATE, toAlert } from "../operations.ts";
import { FAILED, MADE, play, PLANNED } from "../play-plan.ts";
import { toRecord } from "../record.ts";

describe("the stages of onFailure", () => {
  const stages = createPlan({
    actions: [{ outcome: "operations", operations: [CREATE] }],
    trigger: toRecord().spec.trigger,
  });
  const later = [1, 2].map((stage) => ({ ...CREATE, name: `create-stage-${stage}`, stage }));
  const operations = [...stages.operations, ...later, toAlert("done")];
  const planned = withPlan(PLANNED, { operations });

  it("run one after the other, each only if the one before failed", () => {
    const { run, next } = play(planned, operations, [FAILED, MADE, { outcome: "done" }]);
    // The alert says what has failed.
    expect(run).toEqual(["create", "create-stage-1", "alert: Invalid"]);
    expect(next).toMatchObject({
      end: {
        phase: "Succeeded",
        reason: "Remediated",
        message: "created Job data/backup-x, after create failed: metadata.name: no",
      },
    });
  });

  it("do not run because an alert could not be sent", () => {
    const unsent: StepOutcome = { ...FAILED, code: "MessageRefused" };
    const { run, next } = play(planned, operations, [MADE, unsent]);
    expect(run).toEqual(["create", "alert"]);
    expect(next).toMatchObject({ end: { phase: "Failed", reason: "MessageRefused" } });
  });

  it("end with the last failure, followed by those before it", () => {
    const last = { ...FAILED, code: "Forbidden", message: "no right" } as const;
    const { run, next } = play(planned, operations, [FAILED, FAILED, last, { outcome: "done" }]);
    expect(run).toEqual(["create", "create-stage-1", "create-stage-2", "alert: Forbidden"]);
    expect(next).toMatchObject({
      end: {
        phase: "Failed",
        reason: "Forbidden",
        message:
          "no right; before that, create failed: metadata.name: no; create-stage-1 failed: metadata.name: no",
      },
    });
  });

  it("run in the order of their numbers, whatever the order of the operations", () => {
    const reversed = operations.toReversed();
    const { run } = play(withPlan(PLANNED, { operations: reversed }), reversed, []);
    expect(run).toEqual([]);
    const steps = reversed.map(({ name }) => ({ name, state: "done" as const }));
    const open = steps.map((step) =>
      step.name === "create" ? { ...step, state: "planned" as const } : step,
    );
    expect(planNextStep({ ...PLANNED, steps: open }, reversed, "enforce")).toMatchObject({
      outcome: "run",
      operation: { name: "create" },
    });
  });
});
