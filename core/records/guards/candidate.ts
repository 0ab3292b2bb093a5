import type { RemediationRecord } from "../../../events/remediation.ts";
import { isGuardCode, type Candidate } from "../../guards/hold.ts";
import { toMode } from "../mode.ts";
import { toTarget } from "../select-records.ts";

/** The digest at the end of a record's name has this length (events/ids.ts). */
const ID_LENGTH = 20;
/** So many hexadecimal digits distinguish the objects of one rule. */
const TARGET_LENGTH = 12;

/**
 * A record as its guard knows it. It is a new match if no guard has held it back or refused it yet, and if nobody has approved it: before that
 * its question was counted. So one object that a guard refuses at each of its changes does not keep up a storm.
 */
export function toCandidate({
  metadata,
  spec,
  status,
}: Pick<RemediationRecord, "metadata" | "spec" | "status">): Candidate {
  const { deferUntil, approvedBy, history = [] } = status ?? {};
  const wasCounted = history.some(({ reason }) => isGuardCode(reason));
  const isNew = deferUntil === undefined && approvedBy === undefined && !wasCounted;
  const hasPlan = status?.plan !== undefined || status?.preview !== undefined;
  const isQuestion = toMode({ spec, status }) === "approval" && !hasPlan;
  const target = toTarget(spec).slice(0, TARGET_LENGTH);
  return { id: metadata.name.slice(-ID_LENGTH), target, isNew, isQuestion };
}
