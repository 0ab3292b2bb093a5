import type { RecordProblem, RecordStatus } from "../../../events/remediation.ts";
import { isGuardCode, type Hold } from "../../guards/hold.ts";
import type { GuardSettings } from "../../guards/settings.ts";
import { formatDuration } from "../../text/duration.ts";
import { limitMessage } from "../../text/limit-message.ts";
import { toHeldBack } from "../target.ts";

/** Whether a record waits because a guard holds it back. */
export function isGuarded(status: RecordStatus | undefined): boolean {
  return status?.phase === "Deferred" && isGuardCode(status.reason);
}

/** Whether the same guard has refused the record before it was reopened, so that its alerts have been sent in this episode. */
export function isRefusedAgain(
  { history = [] }: RecordStatus,
  { phase: ended, code }: RecordProblem,
): boolean {
  return ended === "Refused" && history.some((end) => end.phase === ended && end.reason === code);
}

/** The sweep looks each minute, and the queue may be late; what is later than this has waited for something else than its guard. */
const LATE_MS = 5 * 60_000;

/**
 * The problem of a record that was held back and is looked at only now, long after the time until which it was to wait: after an outage
 * nobody expects it to start any more. Undefined if it may still ask.
 */
export function findOverdue(
  { reason, deferUntil }: RecordStatus,
  now: string,
): RecordProblem | undefined {
  if (deferUntil === undefined || !isGuardCode(reason)) return undefined;
  if (Date.parse(deferUntil) + LATE_MS > Date.parse(now)) return undefined;
  const message = `held back until ${deferUntil} at most (deferFor), and not looked at before ${now}`;
  return { phase: "Expired", code: reason, message };
}

/**
 * The status of a record that a guard holds back, without a claim; or the problem with which it ends, if it has waited long enough.
 * It is woken when it is admitted, at the end of its time, or, if it could not be counted, when the hold ends.
 */
export function holdBack(
  status: RecordStatus,
  hold: Hold,
  { deferForMs }: Pick<GuardSettings, "deferForMs">,
  now: string,
):
  | { readonly outcome: "wait"; readonly status: RecordStatus }
  | { readonly outcome: "expired"; readonly problem: RecordProblem } {
  const { code, message } = hold;
  const deferUntil = status.deferUntil ?? new Date(Date.parse(now) + deferForMs).toISOString();
  if (Date.parse(deferUntil) <= Date.parse(now)) {
    const waited = `held back for ${formatDuration(deferForMs)} (deferFor): ${message}`;
    return {
      outcome: "expired",
      problem: { phase: "Expired", code, message: limitMessage(waited) },
    };
  }
  const until = code === "GuardContended" && hold.until < deferUntil ? hold.until : deferUntil;
  const text = `held back until ${deferUntil} at most: ${message}`;
  const waiting = toHeldBack(status, { until, message: limitMessage(text), reason: code });
  return { outcome: "wait", status: { ...waiting, deferUntil } };
}
