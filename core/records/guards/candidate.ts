import type { RemediationRecord } from "../../../events/remediation.ts";
import type { Candidate } from "../../guards/hold.ts";
import { toTarget } from "../select-records.ts";

/** The digest at the end of a record's name has this length (events/ids.ts). */
const ID_LENGTH = 20;
/** So many hexadecimal digits distinguish the objects of one rule. */
const TARGET_LENGTH = 12;

/**
 * A record as its guard knows it. It is a new match if no guard has held it back yet, and if nobody has approved it: before that its question
 * was counted.
 */
export function toCandidate({
  metadata,
  spec,
  status,
}: Pick<RemediationRecord, "metadata" | "spec" | "status">): Candidate {
  const isNew = status?.deferUntil === undefined && status?.approvedBy === undefined;
  const hasPlan = status?.plan !== undefined || status?.preview !== undefined;
  const isQuestion = spec.mode === "approval" && !hasPlan;
  const target = toTarget(spec).slice(0, TARGET_LENGTH);
  return { id: metadata.name.slice(-ID_LENGTH), target, isNew, isQuestion };
}
