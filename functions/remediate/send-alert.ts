import type { AlertMessage } from "../../events/alert.ts";
import type { RouteAlert } from "../../adapters/lambda/route-alerts.ts";
import { sendBatch, type SendBatchDeps } from "../../adapters/sqs/send-batch.ts";

/** Gives the receivers for which the alert is in the queue now. */
export type SendAlert = (message: AlertMessage, signal?: AbortSignal) => Promise<readonly string[]>;

/**
 * Sends alerts to their queue, signed, a message for each receiver; throws the queue's error. An alert that is sent again keeps its id, and
 * is sent to all of its receivers again.
 */
export function createSendAlert(
  deps: SendBatchDeps & { readonly routeAlert: RouteAlert },
): SendAlert {
  return async (message, signal) => {
    const messages = await deps.routeAlert(message, signal);
    const entries = messages.map((one) => ({ body: JSON.stringify(one) }));
    for (const outcome of await sendBatch(deps, entries, signal)) {
      if (outcome.outcome === "refused") throw outcome.error;
    }
    return messages.map(({ data }) => data.to);
  };
}
