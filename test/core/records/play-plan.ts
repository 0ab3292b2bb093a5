import type { RecordStatus } from "../../../events/remediation.ts";
import type { ObjectIdentity } from "../../../events/remediation.ts";
import type { WriteOperation } from "../../../core/operations/operation.ts";
import { withPlan } from "../../../core/records/plan.ts";
import { planNextStep } from "../../../core/records/next-step.ts";
import { toStarted, toStepEnded, type StepOutcome } from "../../../core/records/step-progress.ts";
import { CREATE, planOf, toAlert } from "./operations.ts";

type Done = Extract<StepOutcome, { readonly outcome: "done" }>;

export const NOW = "2026-03-01T10:00:00.000Z";
export const OPERATIONS: readonly WriteOperation[] = [CREATE, toAlert("done")];
export const PLANNED: RecordStatus = withPlan(
  { phase: "Running", holder: "me", holdUntil: NOW, startedAt: "2026-03-01T09:59:59.000Z" },
  planOf([{ outcome: "operations", operations: OPERATIONS }]),
);
export const MADE: Done & { readonly object: ObjectIdentity } = {
  outcome: "done",
  object: { apiVersion: "batch/v1", kind: "Job", namespace: "data", name: "backup-x", uid: "u" },
};
export const FAILED: Extract<StepOutcome, { readonly outcome: "failed" }> = {
  outcome: "failed",
  code: "Invalid",
  message: "metadata.name: no",
};

/** Runs a plan to its end; `outcomes` are those of the steps in the order in which they are run. */
export function play(
  status: RecordStatus,
  operations: readonly WriteOperation[],
  outcomes: readonly StepOutcome[],
): {
  readonly run: readonly string[];
  readonly status: RecordStatus;
  readonly next: ReturnType<typeof planNextStep>;
} {
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
