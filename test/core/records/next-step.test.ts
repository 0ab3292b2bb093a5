import { describe, expect, it } from "vitest";
import type { RecordStatus } from "../../../events/remediation.ts";
import type { OperationOutcome, WriteOperation } from "../../../core/operations/operation.ts";
import { withPlan } from "../../../core/records/plan.ts";
import { planNextStep } from "../../../core/records/next-step.ts";
import { toEnded } from "../../../core/records/record-end.ts";
import { toStarted, toStepEnded } from "../../../core/records/step-progress.ts";
import { CREATE, planOf, toAlert } from "./operations.ts";

const NOW = "2026-03-01T10:00:00.000Z";
const OPERATIONS: readonly WriteOperation[] = [CREATE, toAlert("done")];
const PLANNED = withPlan(
  { phase: "Running", holder: "me", holdUntil: NOW, startedAt: "2026-03-01T09:59:59.000Z" },
  planOf([{ outcome: "operations", operations: OPERATIONS }]),
);
type Ended = Exclude<OperationOutcome, { readonly outcome: "wait" }>;
const MADE: Ended = {
  outcome: "done",
  object: { apiVersion: "batch/v1", kind: "Job", namespace: "data", name: "backup-x", uid: "u" },
};
const FAILED: Ended = {
  outcome: "failed",
  code: "Invalid",
  message: "metadata.name: no",
};

/** Runs a plan to its end; `outcomes` are those of the steps in the order in which they are run. */
function play(status: RecordStatus, operations: readonly WriteOperation[], outcomes: Ended[]) {
  const run: string[] = [];
  for (const outcome of outcomes) {
    const next = planNextStep(status, operations, "enforce");
    if (next.outcome === "finished") throw new Error("finished early");
    run.push(
      next.problem === undefined
        ? next.operation.name
        : `${next.operation.name}: ${next.problem.code}`,
    );
    status = toStepEnded(toStarted(status, next.index, NOW), next.index, outcome, NOW);
  }
  return { run, status, next: planNextStep(status, operations, "enforce") };
}

describe("the steps of a record", () => {
  it("run in order, and the outcome names what was created", () => {
    const { run, next, status } = play(PLANNED, OPERATIONS, [MADE, { outcome: "done" }]);
    expect(run).toEqual(["create", "alert"]);
    expect(next).toEqual({
      outcome: "finished",
      end: { phase: "Succeeded", reason: "Remediated", message: "created Job data/backup-x" },
    });
    expect(status.steps?.map(({ state }) => state)).toEqual(["done", "done"]);
  });

  it("run again if they were started and have not ended", () => {
    const started = toStarted(PLANNED, 0, NOW);
    expect(planNextStep(started, OPERATIONS, "enforce")).toMatchObject({
      outcome: "run",
      index: 0,
    });
    expect(toStarted(started, 0, "2026-03-01T11:00:00.000Z").steps?.[0]?.startedAt).toBe(NOW);
  });

  it("write nothing after one has failed, but report the failure", () => {
    const operations = [CREATE, { ...CREATE, name: "create-2" }, toAlert("done")];
    const planned = withPlan(PLANNED, planOf([{ outcome: "operations", operations }]));
    const { run, next, status } = play(planned, operations, [FAILED, { outcome: "done" }]);
    expect(run).toEqual(["create", "alert: Invalid"]);
    expect(next).toEqual({
      outcome: "finished",
      end: { phase: "Failed", reason: "Invalid", message: "metadata.name: no" },
    });
    expect(status.steps?.map(({ state }) => state)).toEqual(["failed", "planned", "done"]);
  });

  it("report the problem of the plan, and end in its phase", () => {
    const problem = { phase: "Refused", code: "Suspended", message: "it is suspended" } as const;
    const alerts = [toAlert("sorry")];
    const planned = withPlan(
      PLANNED,
      planOf([
        { outcome: "operations", operations: alerts },
        { outcome: "problem", problem },
      ]),
    );
    const { run, next } = play(planned, alerts, [{ outcome: "done" }]);
    expect(run).toEqual(["alert: Suspended"]);
    expect(next).toMatchObject({ end: { phase: "Refused", reason: "Suspended" } });
  });

  it("end a dry run in phase DryRun, and an empty plan with nothing to do", () => {
    const { status } = play(PLANNED, OPERATIONS, [MADE, { outcome: "done" }]);
    expect(planNextStep(status, OPERATIONS, "dryRun")).toMatchObject({
      end: { phase: "DryRun", message: "would create Job data/backup-x" },
    });
    expect(planNextStep({ phase: "Running" }, [], "enforce")).toMatchObject({
      end: { phase: "Succeeded", reason: "NothingToDo" },
    });
  });

  it.each([
    ["2026-03-01T09:59:59.000Z", "0ms"],
    ["2026-03-01T09:59:59.312Z", "312ms"],
    ["2026-03-01T10:00:03.140Z", "4.1s"],
    ["2026-03-01T10:59:59.000Z", "1h0m"],
    ["2026-03-01T10:11:59.000Z", "12m"],
  ])("end at %s after %s, without a holder", (now, took) => {
    const ended = toEnded(PLANNED, { phase: "Failed", reason: "Invalid", message: "no" }, now);
    expect(ended).toMatchObject({ phase: "Failed", reason: "Invalid", endedAt: now, took });
    expect(ended).not.toHaveProperty("holder");
    expect(ended).not.toHaveProperty("holdUntil");
  });
});
