import type { RecordApproval, RemediationRecord } from "../../events/remediation.ts";

/**
 * The decision of a person about the plan that a record has now. A record that was reopened after a decision asks again, and the API
 * server keeps the earlier decision; it is about an earlier question, so it does not count any more.
 */
export function findDecision({
  spec,
  status,
}: Pick<RemediationRecord, "spec" | "status">): RecordApproval | undefined {
  const { approval } = spec;
  return toQuestion(approval) === toQuestion(status) ? approval : undefined;
}

/** The number of the question that a reopened record asks; undefined: its first one. */
export function findNextQuestion(
  record: Pick<RemediationRecord, "spec" | "status">,
): number | undefined {
  const { status } = record;
  return findDecision(record) === undefined ? status?.question : toQuestion(status) + 1;
}

function toQuestion(numbered: { readonly question?: number | undefined } | undefined): number {
  return numbered?.question ?? 1;
}
