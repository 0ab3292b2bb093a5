import type { RecordStatus, RecordStep } from "../../events/remediation.ts";
import { withoutFailures } from "./retry.ts";
import type { OperationOutcome } from "../operations/operation.ts";
import { limitMessage } from "../text/limit-message.ts";

/** The status to save before the write of a step. */
export function toStarted(status: RecordStatus, index: number, now: string): RecordStatus {
  return withStep(status, index, (step) => ({
    ...step,
    state: "started",
    startedAt: step.startedAt ?? now,
  }));
}

/** How a step ended. */
export type StepOutcome = Exclude<OperationOutcome, { readonly outcome: "wait" }>;

/** The status to save after the write of a step. */
export function toStepEnded(
  status: RecordStatus,
  index: number,
  outcome: StepOutcome,
  now: string,
): RecordStatus {
  return withStep(withoutFailures(status), index, (step) => {
    if (outcome.outcome === "failed") {
      const { code, message } = outcome;
      return { ...step, state: "failed", endedAt: now, code, message: limitMessage(message) };
    }
    const { object, code, message } = outcome;
    return {
      ...step,
      state: "done",
      endedAt: now,
      ...(object === undefined ? {} : { object }),
      ...(code === undefined ? {} : { code }),
      ...(message === undefined ? {} : { message: limitMessage(message) }),
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
