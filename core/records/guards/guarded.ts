import type { EarlierEnd, RecordProblem, RecordStatus } from "../../../events/remediation.ts";
import { isGuardCode, type Hold } from "../../guards/hold.ts";
import type { GuardSettings } from "../../guards/settings.ts";
import { formatDuration } from "../../text/duration.ts";
import { limitMessage } from "../../text/limit-message.ts";
import { HELD_LATE_MS, toHeldBack } from "../target.ts";

/** Whether a record waits because a guard holds it back. */
export function isGuarded(status: RecordStatus | undefined): boolean {
  return status?.phase === "Deferred" && isGuardCode(status.reason);
}

/** After so long without a refusal, the next one is alerted again. */
const ALERTED_MS = 24 * 60 * 60_000;

/** Whether the same guard has refused the record within a day before it was reopened, so that its alerts have been sent. */
export function isRefusedAgain(
  { history = [] }: RecordStatus,
  { phase: ended, code }: RecordProblem,
  now: string,
): boolean {
  const sinceMs = Date.parse(now) - ALERTED_MS;
  const isSame = ({ phase, reason, endedAt }: EarlierEnd): boolean =>
    phase === ended && reason === code && Date.parse(endedAt) > sinceMs;
  return ended === "Refused" && history.some(isSame);
}

/** Why a record that a guard has held back is not started any more: nothing ran to start it in its time. `now` is RFC 3339 ms. */
export function findLate(
  { deferUntil, reason }: RecordStatus,
  now: string,
): RecordProblem | undefined {
  if (deferUntil === undefined || !isGuardCode(reason)) return undefined;
  if (Date.parse(deferUntil) + HELD_LATE_MS > Date.parse(now)) return undefined;
  const message = `it was held back until ${deferUntil} at most, and nothing has started it by then`;
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
