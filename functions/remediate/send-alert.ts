import type { SQSClient } from "@aws-sdk/client-sqs";
import type { AlertMessage } from "../../events/alert.ts";
import { sendBatch } from "../../adapters/sqs/send-batch.ts";

export type SendAlert = (message: AlertMessage, signal?: AbortSignal) => Promise<void>;

/** Sends alerts to their queue; throws the queue's error. An alert that is sent again keeps its id. */
export function createSendAlert(deps: {
  readonly client: SQSClient;
  readonly queueUrl: string;
}): SendAlert {
  return async (message, signal) => {
    const [outcome] = await sendBatch(deps, [{ body: JSON.stringify(message) }], signal);
    if (outcome?.outcome === "refused") throw outcome.error;
  };
}
