import type { RecordApproval, RecordStatus, RemediationRecord } from "../../events/remediation.ts";
import { quotePerson } from "../text/quote-person.ts";
import { findDecision } from "./decision.ts";
import { toReleased } from "./claim.ts";
import { withoutFailures } from "./retry.ts";
import type { RecordEnd } from "./record-end.ts";
import { HELD_LATE_MS } from "./target.ts";

/** How long a plan waits for a decision if the rule does not say. */
export const APPROVE_WITHIN_MS: number = 24 * 60 * 60_000;

export type ApprovalState =
  | { readonly outcome: "none" }
  | { readonly outcome: "approved"; readonly by: string }
  | { readonly outcome: "over"; readonly end: RecordEnd };

/**
 * The decision about a plan that waits, as of `now` (RFC 3339 ms). After the time for it is over, the plan expires even if it
 * was approved: an approval that was not acted upon during an outage is about the cluster as it was then. One that a guard holds back is
 * kept for as long as the guard may: it was given in time.
 */
export function readApproval(record: RemediationRecord, now: string): ApprovalState {
  const approval = findDecision(record);
  if (approval?.decision === "reject") return { outcome: "over", end: toRejected(approval) };
  const until = toUntil(record.status, approval);
  if (until !== undefined && Date.parse(until) <= Date.parse(now)) {
    const message =
      approval === undefined
        ? `nobody decided before ${until}`
        : `${quotePerson(approval.by)} approved, but the execution had not begun by ${until}`;
    return { outcome: "over", end: { phase: "Expired", reason: "ApprovalExpired", message } };
  }
  return approval === undefined ? { outcome: "none" } : { outcome: "approved", by: approval.by };
}

function toUntil(
  { approveUntil, wakeAt, deferUntil }: Partial<RecordStatus> = {},
  approval: RecordApproval | undefined,
): string | undefined {
  const until = approveUntil ?? wakeAt;
  if (approval === undefined || deferUntil === undefined) return until;
  const heldUntil = new Date(Date.parse(deferUntil) + HELD_LATE_MS).toISOString();
  return until !== undefined && until > heldUntil ? until : heldUntil;
}

function toRejected({ by, reason }: RecordApproval): RecordEnd {
  const why = reason === undefined ? "" : `: ${quotePerson(reason)}`;
  const message = `rejected by ${quotePerson(by)}${why}`;
  return { phase: "Refused", reason: "Rejected", message };
}

/** The status of a record whose plan waits for a decision until `until`, without a claim. */
export function toAwaiting(
  status: RecordStatus,
  wait: { readonly until: string; readonly preview: readonly string[] },
): RecordStatus {
  const { until, preview } = wait;
  // A guard may hold it back again when it is approved, for as long as any other.
  const { deferUntil: _deferUntil, ...rest } = withoutFailures(toReleased(status));
  return {
    ...rest,
    phase: "AwaitingApproval",
    wakeAt: until,
    approveUntil: until,
    preview,
    reason: "ApprovalNeeded",
    message: `waiting for an approval until ${until}`,
  };
}

/** How to decide, on one line for people: with the command, and with kubectl alone. */
export function describeDecision(record: RemediationRecord): string {
  const { name, namespace } = record.metadata;
  const number = record.status?.question;
  const question = number === undefined ? "" : `,"question":${number}`;
  const patch = `{"spec":{"approval":{"decision":"approve","by":"<your user name, as shown by kubectl auth whoami>"${question}}}}`;
  return `kubemend approve ${name} (or reject), or kubectl -n ${namespace} patch remediation ${name} --type=merge -p '${patch}'`;
}
