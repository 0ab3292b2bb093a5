import type { RemediationRecord } from "../../../events/remediation.ts";
import type { WakeupLate, WakeupMessage, WakeupThread } from "../../../events/wakeup.ts";
import { toFailureVerdict, type MessageVerdict } from "../../../adapters/lambda/message-verdict.ts";
import { toRecordPath } from "../../../adapters/kubernetes/remediation/records.ts";
import type { SendWakeup } from "../../../adapters/sqs/send-wakeup.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { toWakeup } from "../../../core/records/messages/wakeup.ts";
import { toTime, type RemediateDeps, type RemediationResult, type Run } from "../record/run.ts";
import { findDeferred } from "../record/take-target.ts";

/** After a conflict the other writer is still working on the record. */
const LOST_PAUSE_MS = 5_000;

/** What an operator must put right, such as a missing right, is not tried more often; and later less often, as other failures are. */
const OPERATOR_PAUSE_SECONDS = 60;

export type ProcessDeps = RemediateDeps & {
  readonly sendWakeup: SendWakeup;
  /** Does what a group of alerts has to do. */
  readonly checkGroup?: ((wakeup: WakeupMessage) => Promise<void>) | undefined;
  /** Stores the thread in the group of alerts. */
  readonly storeThread?:
    | ((wakeup: WakeupMessage, thread: WakeupThread) => Promise<void>)
    | undefined;
  /** Sends to a receiver that an incident of which it learned late is over, if it is. */
  readonly resolveLate?: ((wakeup: WakeupMessage, late: WakeupLate) => Promise<void>) | undefined;
  /** Called once for each record that this message ended. */
  readonly onEnded: (record: RemediationRecord) => void;
  /** Called for each request that made no record. */
  readonly onUnconfirmed?: (
    outcome: "superseded" | "alertedOnly",
    name: string,
    reason: string,
  ) => void;
  /** Reports the end on the trigger, once however often it is called. */
  readonly emitOutcome: (record: RemediationRecord, signal: AbortSignal) => Promise<void>;
  /** Called if the end of a record could not be reported on its trigger. */
  readonly onEventRefused?: (record: RemediationRecord, error: unknown) => void;
};

/**
 * Runs the work on a record, and decides what becomes of its message. If the record waits, or another executor holds it or has written
 * it, a wake-up is sent and the message is acknowledged: the queue's receive count is for failures. Temporary failures are retried.
 * The end is reported before the message is acknowledged, so that a run that dies between the two leaves it to the next delivery; but what
 * waited for the target continues first, and a report that is refused changes nothing: the record has ended, and says how.
 */
export async function settle(
  name: string,
  work: () => Promise<RemediationResult>,
  deps: ProcessDeps,
  run: Run,
): Promise<MessageVerdict> {
  try {
    const result = await work();
    switch (result.outcome) {
      case "ended":
        deps.onEnded(result.record);
        await wakeDeferred(result.record, deps, run);
        await leaveRoom(result.record, deps, run);
        await reportOutcome(result.record, deps, run);
        return { outcome: "done" };
      case "over":
        if (run.isRepeated === true && result.record !== undefined) {
          await reportOutcome(result.record, deps, run);
        }
        return { outcome: "done" };
      case "waiting":
        await wakeAt(result.record, result.until, deps, run);
        return { outcome: "done" };
      case "notDue":
        // The run that made it wait may have died before it sent the wake-up: then its message is delivered again.
        if (run.isRepeated === true) await wakeAt(result.record, result.until, deps, run);
        return { outcome: "done" };
      case "lost":
        await wakeAt(result.record, toTime(deps, LOST_PAUSE_MS), deps, run);
        return { outcome: "done" };
      case "superseded":
        deps.onUnconfirmed?.("superseded", name, result.message);
        return { outcome: "done" };
      case "alertedOnly":
        deps.onUnconfirmed?.("alertedOnly", name, result.message);
        return { outcome: "done" };
      case "misdirected":
        return { outcome: "poison", code: "ForeignCluster", reason: result.message };
      case "forged":
        return { outcome: "poison", code: "RequestRefused", reason: result.message };
    }
  } catch (error) {
    return toErrorVerdict(error);
  }
}

/**
 * The verdict if the record itself could not be created, read or saved, or its wake-up not be sent. Either the request is at fault,
 * or the installation, which an operator can fix.
 */
export function toErrorVerdict(error: unknown): MessageVerdict {
  if (!isKubemendError(error) || error.code === "Invalid" || error.retryable) {
    return toFailureVerdict(error);
  }
  const { code, message: reason } = error;
  return { outcome: "retry", code, reason, atLeastSeconds: OPERATOR_PAUSE_SECONDS };
}

async function reportOutcome(
  record: RemediationRecord,
  deps: ProcessDeps,
  run: Run,
): Promise<void> {
  try {
    await deps.emitOutcome(record, run.signal);
  } catch (error) {
    if (!isKubemendError(error) || error.retryable) throw error;
    deps.onEventRefused?.(record, error);
  }
}

/** Continues what waited for the target of this record. Best effort: a deferred record looks again by itself. */
async function wakeDeferred(record: RemediationRecord, deps: ProcessDeps, run: Run): Promise<void> {
  try {
    for (const deferred of await findDeferred(record, deps, run.signal)) {
      await wakeAt(deferred, toTime(deps), deps, run);
    }
  } catch {
    // Its own wake-up comes within a minute.
  }
}

/** Lets the next one of the rule start. Best effort: its guard is looked at again within a minute. */
async function leaveRoom(record: RemediationRecord, deps: ProcessDeps, run: Run): Promise<void> {
  const rule = deps.pipeline.rules.find(({ id }) => id === record.spec.rule.id);
  if (rule === undefined) return;
  try {
    await deps.guards?.end(record, rule, run.signal);
  } catch {
    // It is looked at again.
  }
}

async function wakeAt(
  record: RemediationRecord,
  due: string,
  deps: ProcessDeps,
  run: Run,
): Promise<void> {
  const subject = toRecordPath(record.metadata);
  await deps.sendWakeup(toWakeup({ record, subject, due, now: toTime(deps) }), run.signal);
}
