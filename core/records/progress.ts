import type { RecordPhase, RecordStatus, RecordStep } from "../../events/remediation.ts";
import type { RemediationMode } from "../../events/request.ts";
import type { OperationOutcome, WriteOperation } from "../actions/operation.ts";
import { toReleased } from "./claim.ts";

/** How a record ends. `reason` is one word for tables and metrics, `message` tells people. */
export type RecordEnd = {
  readonly phase: RecordPhase;
  readonly reason: string;
  readonly message: string;
};

export type NextStep =
  | {
      readonly outcome: "run";
      readonly index: number;
      readonly operation: WriteOperation;
      /** What an alert has to tell beside its summary. */
      readonly problem?: { readonly code: string; readonly message: string } | undefined;
    }
  | { readonly outcome: "finished"; readonly end: RecordEnd };

/**
 * What comes next by the stored plan: the first step that is not over. A step that was started and has no end is run again;
 * its write is repeatable. After a failed step only alerts are run.
 */
export function planNextStep(
  status: RecordStatus,
  operations: readonly WriteOperation[],
  mode: RemediationMode,
): NextStep {
  const steps = status.steps ?? [];
  const failed = steps.find((step) => step.state === "failed");
  const problem = toProblem(status, failed);
  for (const [index, operation] of operations.entries()) {
    const state = steps[index]?.state ?? "planned";
    const isOpen = state === "planned" || state === "started";
    if (isOpen && (problem === undefined || operation.type === "alert")) {
      return { outcome: "run", index, operation, problem };
    }
  }
  return { outcome: "finished", end: toEnd(status, failed, mode) };
}

function toProblem(
  status: RecordStatus,
  failed: RecordStep | undefined,
): { readonly code: string; readonly message: string } | undefined {
  const planned = status.plan?.problem;
  if (planned !== undefined) return { code: planned.code, message: planned.message };
  if (failed === undefined) return undefined;
  return { code: failed.code ?? "Failed", message: failed.message ?? `step ${failed.name} failed` };
}

function toEnd(
  status: RecordStatus,
  failed: RecordStep | undefined,
  mode: RemediationMode,
): RecordEnd {
  const problem = toProblem(status, failed);
  if (problem !== undefined) {
    const phase = status.plan?.problem?.phase ?? "Failed";
    return { phase, reason: problem.code, message: problem.message };
  }
  const objects = (status.steps ?? []).flatMap(({ object }) =>
    object === undefined ? [] : object,
  );
  const made = objects
    .map(
      ({ kind, namespace, name }) => `${kind} ${namespace === null ? "" : `${namespace}/`}${name}`,
    )
    .join(", ");
  if (mode === "dryRun") {
    const message = made === "" ? "nothing would be done" : `would create ${made}`;
    return { phase: "DryRun", reason: "WouldRemediate", message };
  }
  if (made === "") {
    return { phase: "Succeeded", reason: "NothingToDo", message: "nothing was to be done" };
  }
  return { phase: "Succeeded", reason: "Remediated", message: `created ${made}` };
}

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
  outcome: OperationOutcome,
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
  return { ...toReleased(status), ...end, endedAt: now, took: toTook(tookMs) };
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
