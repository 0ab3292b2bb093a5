import type { AlertMessage } from "../../events/alert.ts";
import { sendBatch, type SendBatchDeps } from "../../adapters/sqs/send-batch.ts";

export type SendAlert = (message: AlertMessage, signal?: AbortSignal) => Promise<void>;

/** Sends alerts to their queue, signed; throws the queue's error. An alert that is sent again keeps its id. */
export function createSendAlert(deps: SendBatchDeps): SendAlert {
  return async (message, signal) => {
    const [outcome] = await sendBatch(deps, [{ body: JSON.stringify(message) }], signal);
    if (outcome?.outcome === "refused") throw outcome.error;
  };
}
