import type { RecordStatus, RecordStep } from "../../events/remediation.ts";
import type { OperationOutcome } from "../operations/operation.ts";

/** The status to save before the write of a step. */
export function toStarted(status: RecordStatus, index: number, now: string): RecordStatus {
  return withStep(status, index, (step) => ({
    ...step,
    state: "started",
    startedAt: step.startedAt ?? now,
  }));
}

/** The status to save after the write of a step. */
export function toStepEnded(
  status: RecordStatus,
  index: number,
  outcome: Exclude<OperationOutcome, { readonly outcome: "wait" }>,
  now: string,
): RecordStatus {
  return withStep(status, index, (step) => {
    if (outcome.outcome === "failed") {
      const { code, message } = outcome;
      return { ...step, state: "failed", endedAt: now, code, message };
    }
    const { object, message } = outcome;
    return {
      ...step,
      state: "done",
      endedAt: now,
      ...(object === undefined ? {} : { object }),
      ...(message === undefined ? {} : { message }),
    };
  });
}

function withStep(
  status: RecordStatus,
  index: number,
  change: (step: RecordStep) => RecordStep,
): RecordStatus {
  const steps = (status.steps ?? []).map((step, at) => (at === index ? change(step) : step));
  return { ...status, steps };
}
