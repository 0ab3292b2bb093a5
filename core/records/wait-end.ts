import type { RemediationRecord } from "../../events/remediation.ts";
import { findDecision } from "./decision.ts";

/** Reasons that say that the object is no longer in the state that the record is about. */
export const NO_LONGER_IN_STATE: ReadonlySet<string> = new Set([
  "ConditionNoLongerHolds",
  "ConditionUnknown",
  "EpisodeOver",
  "NotOptedIn",
  "NotSelected",
  "OptedOut",
  "TriggerGone",
  "TriggerReplaced",
]);

/**
 * Whether the end of a record only says that its wait is over: it waited for `for` or `at`, until an action can be done, or
 * until a guard lets it start, and the state did not last, or a newer record takes its place. Nothing was refused then, and nothing was done: no step ran, no alert was sent, no person had decided.
 */
export function isWaitEnd(record: RemediationRecord): boolean {
  const { status } = record;
  if (status?.phase !== "Refused" || findDecision(record) !== undefined) return false;
  if (status.steps !== undefined && status.steps.length > 0) return false;
  const { reason = "" } = status;
  const waits = [status.waitedUntil, status.waitingSince, status.deferUntil];
  const hasWaited = waits.some((time) => time !== undefined);
  return reason === "Superseded" || (hasWaited && NO_LONGER_IN_STATE.has(reason));
}
