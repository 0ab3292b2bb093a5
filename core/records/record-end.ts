import type { RecordPhase, RecordStatus } from "../../events/remediation.ts";
import { toReleased } from "./claim.ts";
import { withoutFailures } from "./retry.ts";

/** The outcome of a record. `reason` is one word for tables and metrics, `message` is for people. */
export type RecordEnd = {
  readonly phase: RecordPhase;
  readonly reason: string;
  readonly message: string;
};

/** The final status of a record, without a claim. */
export function toEnded(status: RecordStatus, end: RecordEnd, now: string): RecordStatus {
  const tookMs = Date.parse(now) - Date.parse(status.startedAt ?? now);
  const { wakeAt: _wakeAt, ...rest } = withoutFailures(toReleased(status));
  return { ...rest, ...end, endedAt: now, took: toTook(tookMs) };
}

function toTook(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, ms)}ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)}s`;
  const minutes = Math.round(ms / 60_000);
  return minutes < 60 ? `${minutes}m` : `${Math.floor(minutes / 60)}h${minutes % 60}m`;
}
