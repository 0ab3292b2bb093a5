import type { RecordPhase, RecordStatus, RecordStep } from "../../events/remediation.ts";
import type { OperationOutcome } from "../operations/operation.ts";
import { toReleased } from "./claim.ts";

/** How a record ends. `reason` is one word for tables and metrics, `message` tells people. */
export type RecordEnd = {
  readonly phase: RecordPhase;
  readonly reason: string;
  readonly message: string;
};

/** To be saved before the step's write. */
export function toStarted(status: RecordStatus, index: number, now: string): RecordStatus {
  return withStep(status, index, (step) => ({
    ...step,
    state: "started",
    startedAt: step.startedAt ?? now,
  }));
}

/** To be saved after the step's write. */
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

/** The last status of a record: no holder any more. */
export function toEnded(status: RecordStatus, end: RecordEnd, now: string): RecordStatus {
  const tookMs = Date.parse(now) - Date.parse(status.startedAt ?? now);
  const { wakeAt: _wakeAt, ...rest } = toReleased(status);
  return { ...rest, ...end, endedAt: now, took: toTook(tookMs) };
}

function toTook(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, ms)}ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)}s`;
  const minutes = Math.round(ms / 60_000);
  return minutes < 60 ? `${minutes}m` : `${Math.floor(minutes / 60)}h${minutes % 60}m`;
}

function withStep(
  status: RecordStatus,
  index: number,
  change: (step: RecordStep) => RecordStep,
): RecordStatus {
  const steps = (status.steps ?? []).map((step, at) => (at === index ? change(step) : step));
  return { ...status, steps };
}
