import type { RecordPhase, RecordStatus } from "../../events/remediation.ts";
import { limitMessage } from "../text/limit-message.ts";
import { toReleased } from "./claim.ts";
import { withoutFailures } from "./retry.ts";

/** The outcome of a record. `reason` is one word for tables and metrics, `message` is for people. */
export type RecordEnd = {
  readonly phase: RecordPhase;
  readonly reason: string;
  readonly message: string;
};

/** The reason of a record that has done what its rule says. */
export const REMEDIATED = "Remediated";

/**
 * Whether a record says that its remediation has worked as far as was looked. Not if nobody knows how it ended, if nothing was done, or if
 * a step has failed and `onFailure` succeeded: what was done may have been undone.
 */
export function isRemediated(
  status: Pick<RecordStatus, "phase" | "reason" | "steps"> | undefined,
): boolean {
  if (status?.phase !== "Succeeded" || status.reason !== REMEDIATED) return false;
  return (status.steps ?? []).every(({ state }) => state !== "failed");
}

/** Refusals that happen again and again, and whose reason says it all. */
const SHORT_REASONS: ReadonlySet<string> = new Set(["LoopDepth", "NothingToDo", "Superseded"]);

/**
 * The final status of a record, without a claim. The plan of what succeeded is dropped: the steps and the message name what
 * was created. What failed, was refused or would be done keeps its plan for a week (`plan-sweep.ts`).
 */
export function toEnded(status: RecordStatus, end: RecordEnd, now: string): RecordStatus {
  const tookMs = Date.parse(now) - Date.parse(status.startedAt ?? now);
  const { wakeAt: _wakeAt, ...rest } = withoutFailures(toReleased(status));
  const message = limitMessage(end.message);
  return { ...toShort(rest, end), ...end, message, endedAt: now, took: toTook(tookMs) };
}

function toShort(status: RecordStatus, { phase, reason }: RecordEnd): RecordStatus {
  const { plan: _plan, ...withoutPlan } = status;
  const { steps: _steps, ...outcome } = withoutPlan;
  if (SHORT_REASONS.has(reason)) return outcome;
  return phase === "Succeeded" ? withoutPlan : status;
}

function toTook(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, ms)}ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)}s`;
  const minutes = Math.round(ms / 60_000);
  return minutes < 60 ? `${minutes}m` : `${Math.floor(minutes / 60)}h${minutes % 60}m`;
}
