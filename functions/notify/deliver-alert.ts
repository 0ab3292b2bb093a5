import { DEFAULT_RECEIVER } from "../../events/alert.ts";
import type { Receiver } from "../../core/receivers/receiver.ts";
import { createReadCredential, type ReadVariable } from "../../adapters/receivers/credentials.ts";
import { createAwayReceivers } from "./away-receivers.ts";
import type { AlertReceiver } from "./receiver.ts";
import type { ReportLate } from "./report-late.ts";
import type { ReportThread } from "./report-thread.ts";

/**
 * Delivers each alert to the receiver that it names. One whose receiver is no longer in the pipeline goes to the receiver `default`; without
 * that it stays a line in the log, which is an error then. A pipeline without receivers has only the log.
 */
export function createDeliverAlert(
  receivers: ReadonlyMap<string, Receiver>,
  deps: {
    /** ms since the epoch. */
    readonly now: () => number;
    readonly readVariable: ReadVariable;
    readonly reportThread: ReportThread;
    readonly reportLate: ReportLate;
  },
): AlertReceiver {
  const { now, reportThread, reportLate } = deps;
  const readCredential = createReadCredential(deps);
  const away = createAwayReceivers(now);
  return async (alert, context) => {
    const { telemetry, signal, isSigned } = context;
    if (receivers.size === 0) return;
    const { to, alertId } = alert.data;
    const receiver = receivers.get(to) ?? receivers.get(DEFAULT_RECEIVER);
    if (receiver === undefined) {
      telemetry.logger.error("alert without a receiver", { alertId, to });
      telemetry.count("AlertsWithoutReceiver");
      return;
    }
    const { deliver } = await import("../../adapters/receivers/deliver.ts");
    const { name } = receiver;
    away.check(name);
    let handle: string | undefined;
    try {
      handle = await deliver(alert, receiver, { readCredential, now }, signal);
      away.note(name);
    } catch (error) {
      away.note(name, error);
      telemetry.count("DeliveryFailed", 1, { receiver: name });
      throw error;
    }
    telemetry.count("Delivered", 1, { receiver: name });
    if (!isSigned) return;
    if (handle !== undefined) await reportThread(alert, handle, context);
    await reportLate(alert, handle, context);
  };
}
