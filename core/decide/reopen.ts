import type { EarlierEnd, RecordStatus, RemediationRecord } from "../../events/remediation.ts";
import { isGuardCode } from "../guards/hold.ts";
import { findDecision } from "../records/decision.ts";
import { NO_LONGER_IN_STATE } from "../records/wait-end.ts";

/** Besides the ends of a state that did not last: they come before anything was done, too. */
const REOPENED: ReadonlySet<string> = new Set(["ObjectTooDeep", "Superseded"]);
/** The limit of the CRD. */
const HISTORY_MAX = 5;

/**
 * Whether the next matching change may use the record again: it ended because a wait was broken, because its trigger was gone, or
 * because nobody decided in time. Nothing has been written then. A decision that came too late was about the plan that expired, so a
 * record that has one stays ended, unless a guard ended it after the approval: the next match asks again then.
 */
export function isReopenable(record: RemediationRecord): boolean {
  const { status } = record;
  if (status?.endedAt === undefined) return false;
  const { phase, reason = "" } = status;
  if (findDecision(record) !== undefined && !isGuardCode(reason)) return false;
  if (status.steps?.some(({ state }) => state === "started") === true) return false;
  return phase === "Expired" || (phase === "Refused" && isReopened(reason));
}

/** A guard refuses what may be done later. */
function isReopened(reason: string): boolean {
  return NO_LONGER_IN_STATE.has(reason) || REOPENED.has(reason) || isGuardCode(reason);
}

/**
 * The status of a record that is reopened for a match that was reported at `matchedAt` (RFC 3339 ms). `question` numbers what it will ask a
 * person, if it was decided before; `mode` is set if it is now another one than that of the record.
 */
export function toReopened(
  status: RecordStatus,
  matchedAt: string,
  { question, mode }: Pick<RecordStatus, "question" | "mode"> = {},
): RecordStatus {
  const { phase, reason = phase, endedAt = matchedAt } = status;
  const end: EarlierEnd = { phase, reason, endedAt };
  return {
    phase: "Pending",
    reason: "Reopened",
    message: `the object matches again; before, it ended ${phase} (${reason}) at ${endedAt}`,
    ...(question === undefined ? {} : { question }),
    ...(mode === undefined ? {} : { mode }),
    matchedAt,
    history: [...(status.history ?? []), end].slice(-HISTORY_MAX),
  };
}
