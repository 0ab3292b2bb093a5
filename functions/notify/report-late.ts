import type { AlertMessage } from "../../events/alert.ts";
import type { MessageContext } from "../../adapters/lambda/sqs-process.ts";
import type { SendWakeup } from "../../adapters/sqs/send-wakeup.ts";
import { isLate } from "../../core/alerts/groups/late-end.ts";
import { toStored } from "../../core/alerts/groups/stored-alert.ts";
import { describeError } from "../../core/errors.ts";
import { toGroupWakeup } from "./group-wakeup.ts";

/**
 * Reports that a receiver took an alert late, so that it learns that the incident is over, if it is: it may have taken that message before
 * this one. `handle`: the thread that the alert has begun. Never throws: the alert is delivered, and a queue that is away for long would
 * deliver it again and again.
 */
export type ReportLate = (
  alert: AlertMessage,
  handle: string | undefined,
  context: Pick<MessageContext, "telemetry" | "signal"> & { readonly attempt: number },
) => Promise<void>;

export function createReportLate(deps: {
  /** To the queue of wake-ups, signed. */
  readonly sendWakeup: SendWakeup;
  /** ms since the epoch. */
  readonly now: () => number;
}): ReportLate {
  return async (alert, handle, { telemetry, signal, attempt }) => {
    const nowMs = deps.now();
    const { group, thread, alertId } = alert.data;
    if (group === undefined || thread === undefined || !isLate(alert, { attempt, nowMs })) return;
    const begun = handle === undefined ? thread : { ...thread, handle };
    const stored = toStored({ ...alert, data: { ...alert.data, thread: begun } });
    const late = { key: thread.key, alert: stored };
    const now = new Date(nowMs).toISOString();
    try {
      await deps.sendWakeup(toGroupWakeup(alert, group.name, { late }, now), signal);
    } catch (error) {
      telemetry.count("LateUnreported");
      const line = { alertId, detail: describeError(error) };
      telemetry.logger.warn("an alert was delivered late, and its group does not know it", line);
    }
  };
}
