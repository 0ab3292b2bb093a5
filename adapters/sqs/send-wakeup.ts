import type { SQSClient } from "@aws-sdk/client-sqs";
import { toDelaySeconds } from "../../core/records/wakeup.ts";
import type { WakeupMessage } from "../../events/wakeup.ts";
import { sendBatch } from "./send-batch.ts";

export type SendWakeup = (message: WakeupMessage, signal?: AbortSignal) => Promise<void>;

/** Puts wake-ups on their queue, kept back until they are due, 15 minutes at most; throws what the queue says. */
export function createSendWakeup(deps: {
  readonly client: SQSClient;
  readonly queueUrl: string;
  /** ms since the epoch. */
  readonly now: () => number;
}): SendWakeup {
  return async (message, signal) => {
    const delaySeconds = toDelaySeconds(message, deps.now());
    const [outcome] = await sendBatch(
      deps,
      [{ body: JSON.stringify(message), delaySeconds }],
      signal,
    );
    if (outcome?.outcome === "refused") throw outcome.error;
  };
}
