import type { RemediationRecord } from "../../../events/remediation.ts";
import type { Candidate } from "../../guards/hold.ts";
import { toTarget } from "../select-records.ts";

/** The digest at the end of a record's name has this length (events/ids.ts). */
const ID_LENGTH = 20;
/** So many hexadecimal digits distinguish the objects of one rule. */
const TARGET_LENGTH = 12;

/** A record as its guard knows it. Only one that no guard has held back yet is a new match. */
export function toCandidate({
  metadata,
  spec,
  status,
}: Pick<RemediationRecord, "metadata" | "spec" | "status">): Candidate {
  const isNew = status?.deferUntil === undefined;
  const target = toTarget(spec).slice(0, TARGET_LENGTH);
  return { id: metadata.name.slice(-ID_LENGTH), target, isNew };
}
