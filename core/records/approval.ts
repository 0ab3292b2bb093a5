import type { RecordApproval, RecordStatus, RemediationRecord } from "../../events/remediation.ts";
import { toReleased } from "./claim.ts";
import type { RecordEnd } from "./record-end.ts";

/** How long a plan waits for a decision where the rule does not say. */
export const APPROVE_WITHIN_MS: number = 24 * 60 * 60_000;

export type ApprovalState =
  | { readonly outcome: "none" }
  | { readonly outcome: "approved"; readonly by: string }
  | { readonly outcome: "over"; readonly end: RecordEnd };

/**
 * What has been decided about a plan that waits, as of `now` (RFC 3339 ms). Time that is over refuses, whatever was decided: an
 * approval that lay there through an outage is about a cluster of then.
 */
export function readApproval(record: RemediationRecord, now: string): ApprovalState {
  const { approval } = record.spec;
  const wakeAt = record.status?.wakeAt;
  if (approval?.decision === "reject") return { outcome: "over", end: toRejected(approval) };
  if (wakeAt !== undefined && Date.parse(wakeAt) <= Date.parse(now)) {
    const message =
      approval === undefined
        ? `nobody decided until ${wakeAt}`
        : `${approval.by} approved, and it was not begun until ${wakeAt}`;
    return { outcome: "over", end: { phase: "Expired", reason: "ApprovalExpired", message } };
  }
  return approval === undefined ? { outcome: "none" } : { outcome: "approved", by: approval.by };
}

function toRejected({ by, reason }: RecordApproval): RecordEnd {
  const message = reason === undefined ? `rejected by ${by}` : `rejected by ${by}: ${reason}`;
  return { phase: "Refused", reason: "Rejected", message };
}

/** A status with its plan, under nobody's claim, that waits for a decision until `until`. */
export function toAwaiting(
  status: RecordStatus,
  wait: { readonly until: string; readonly preview: readonly string[] },
): RecordStatus {
  const { until, preview } = wait;
  return {
    ...toReleased(status),
    phase: "AwaitingApproval",
    wakeAt: until,
    preview,
    reason: "ApprovalNeeded",
    message: `waits for an approval until ${until}`,
  };
}

/** How to decide, in a line for people; by the command, and by kubectl alone. */
export function describeDecision(record: RemediationRecord): string {
  const { name, namespace } = record.metadata;
  const patch = `{"spec":{"approval":{"decision":"approve","by":"<your user name, as kubectl auth whoami tells it>"}}}`;
  return `kubemend approve ${name} (or reject), or kubectl -n ${namespace} patch remediation ${name} --type=merge -p '${patch}'`;
}
