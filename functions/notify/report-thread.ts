import type { AlertMessage } from "../../events/alert.ts";
import type { WakeupMessage } from "../../events/wakeup.ts";
import type { MessageContext } from "../../adapters/lambda/sqs-process.ts";
import type { SendWakeup } from "../../adapters/sqs/send-wakeup.ts";
import { describeError } from "../../core/errors.ts";
import { toGroupWakeup } from "./group-wakeup.ts";

/**
 * Reports the thread that a receiver has handed out to the group of its alert: notify has no access to the cluster, so remediate stores
 * it. Never throws: the alert is delivered, and a second delivery would cost more than a message outside of the thread. If it is lost, the
 * next message of the incident begins the thread.
 */
export type ReportThread = (
  alert: AlertMessage,
  handle: string,
  context: Pick<MessageContext, "telemetry" | "signal">,
) => Promise<void>;

export function createReportThread(deps: {
  /** To the queue of wake-ups, signed. */
  readonly sendWakeup: SendWakeup;
  /** ms since the epoch. */
  readonly now: () => number;
}): ReportThread {
  return async (alert, handle, { telemetry, signal }) => {
    const wakeup = toThreadWakeup(alert, handle, new Date(deps.now()).toISOString());
    // An alert without a group, such as a question for an approval, has no later message. Nothing follows the end of an incident.
    if (wakeup === undefined || alert.data.status === "resolved") return;
    try {
      await deps.sendWakeup(wakeup, signal);
    } catch (error) {
      telemetry.count("ThreadsUnreported");
      const line = { alertId: alert.data.alertId, detail: describeError(error) };
      telemetry.logger.warn("the thread of an alert was not handed back to its group", line);
    }
  };
}

function toThreadWakeup(
  alert: AlertMessage,
  handle: string,
  now: string,
): WakeupMessage | undefined {
  const { to, group, thread } = alert.data;
  if (group === undefined || thread === undefined) return undefined;
  return toGroupWakeup(alert, group.name, { thread: { to, key: thread.key, handle } }, now);
}
