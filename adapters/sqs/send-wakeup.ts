import type { SQSClient } from "@aws-sdk/client-sqs";
import { toDelaySeconds } from "../../core/records/messages/wakeup.ts";
import type { WakeupMessage } from "../../events/wakeup.ts";
import type { Sign } from "../signing/sign.ts";
import { sendBatch } from "./send-batch.ts";

export type SendWakeup = (message: WakeupMessage, signal?: AbortSignal) => Promise<void>;

/** Sends wake-ups to their queue, delayed until they are due, by 15 minutes at most. Throws the queue's error. */
export function createSendWakeup(deps: {
  readonly client: SQSClient;
  readonly queueUrl: string;
  /** Absent: they are not signed, because remediate checks them against the cluster. */
  readonly sign?: Sign | undefined;
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
