import type { RemediationRecord } from "../../../events/remediation.ts";
import { isGuardCode, type Candidate } from "../../guards/hold.ts";
import { toMode } from "../mode.ts";
import { toTarget } from "../select-records.ts";

/** The digest at the end of a record's name has this length (events/ids.ts). */
const ID_LENGTH = 20;
/** So many hexadecimal digits distinguish the objects of one rule. */
const TARGET_LENGTH = 12;

/**
 * A record as its guard knows it. It is a new match if no guard holds it back, if nobody has approved it, before which its question was
 * counted, and if it has not waited for its target, before which it was admitted.
 */
export function toCandidate({
  metadata,
  spec,
  status,
}: Pick<RemediationRecord, "metadata" | "spec" | "status">): Candidate {
  const { deferUntil, approvedBy, heldBy, history = [] } = status ?? {};
  const countedAt = history.findLast(({ reason }) => isGuardCode(reason))?.endedAt;
  const lastEndedAt = history.at(-1)?.endedAt;
  const isNew = [deferUntil, approvedBy, heldBy].every((mark) => mark === undefined);
  const hasPlan = status?.plan !== undefined || status?.preview !== undefined;
  const isQuestion = toMode({ spec, status }) === "approval" && !hasPlan;
  const target = toTarget(spec).slice(0, TARGET_LENGTH);
  const id = metadata.name.slice(-ID_LENGTH);
  return { id, target, isNew, countedAt, lastEndedAt, isQuestion };
}
