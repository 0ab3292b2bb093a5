import { describe, expect, it } from "vitest";
import { planNextStep } from "../../../../core/records/next-step.ts";
import {
  createPlan,
  parsePlan,
  PLAN_MAX_BYTES,
  withPlan,
  withStage,
} from "../../../../core/records/plan.ts";
import { toStepEnded } from "../../../../core/records/step-progress.ts";
import type { RecordStatus } from "../../../../events/remediation.ts";
import { CREATE, toAlert } from "../operations.ts";
import { toRecord } from "../record.ts";

const NOW = "2026-03-01T10:00:00.000Z";
const { trigger } = toRecord().spec;
const rule = { onFailure: [1, 2].map(() => ({ action: "uncordon", parameters: {} })) };
const plan = createPlan({
  actions: [{ outcome: "operations", operations: [CREATE, toAlert("x")] }],
  rule,
  trigger,
});
const FAILED = { outcome: "failed", code: "Invalid", message: "no" } as const;
const IDLE = { outcome: "done", code: "NothingToDo", message: "it is so already" } as const;
/** `then` has failed. */
const failed = toStepEnded(withPlan({ phase: "Running" }, plan), 0, FAILED, NOW);

const next = (status: RecordStatus) => {
  const operations = parsePlan(JSON.parse(JSON.stringify(status)) as RecordStatus);
  if (!operations.ok) throw new Error(operations.error);
  return planNextStep(status, operations.value, "enforce");
};

describe("the operations of a stage that begins", () => {
  const staged = { ...CREATE, name: "create-stage-1", stage: 1 };
  const begun = withStage({ ...failed, waitingSince: NOW }, 1, [staged]);

  it("take the place of its step, and are read back with those of the others", () => {
    expect(begun?.steps?.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "create failed",
      "create-stage-1 planned",
      "uncordon-stage-2 planned",
      "alert planned",
    ]);
    expect(begun).not.toHaveProperty("waitingSince");
    expect(next(begun ?? failed)).toMatchObject({ index: 1, operation: staged });
  });

  it("are refused if the plan would be larger than a record keeps", () => {
    const large = { ...staged, metadata: { labels: { a: "x".repeat(PLAN_MAX_BYTES) } } };
    expect(withStage(failed, 1, [large])).toBeUndefined();
  });
});

describe("a stage that had nothing to do", () => {
  const idle = toStepEnded(failed, 1, IDLE, NOW);

  it("is followed by the next one, as if it had failed", () => {
    expect(next(idle)).toMatchObject({ index: 2, operation: { name: "uncordon-stage-2" } });
  });

  it("leaves the record Failed for the reason that then has failed for, and is mentioned", () => {
    const over = toStepEnded(toStepEnded(idle, 2, IDLE, NOW), 3, { outcome: "done" }, NOW);
    expect(next(toStepEnded(idle, 2, IDLE, NOW))).toMatchObject({
      operation: { type: "alert" },
      problem: { code: "Invalid", message: "no" },
    });
    expect(next(over)).toMatchObject({
      end: {
        phase: "Failed",
        reason: "Invalid",
        message:
          "no; uncordon-stage-1 had nothing to do: it is so already; uncordon-stage-2 had nothing to do: it is so already",
      },
    });
  });

  it("is a success if its verification holds", () => {
    const { group, version, resource, kind, namespace, name, uid } = trigger;
    const target = { group, version, resource, kind, namespace, name };
    const check = { expression: "true", withinMs: 1_000, target, uid, stage: 1 };
    const verify = { type: "verify", name: "verify-stage-1", ...check } as const;
    const verifying = withStage(idle, 1, [verify], "after") ?? idle;
    expect(next(verifying)).toMatchObject({ index: 2, operation: { name: "verify-stage-1" } });
    const alerted = [2, 4].reduce(
      (status, index) => toStepEnded(status, index, { outcome: "done" }, NOW),
      verifying,
    );
    expect(next(alerted)).toMatchObject({ end: { phase: "Succeeded" } });
  });
});
