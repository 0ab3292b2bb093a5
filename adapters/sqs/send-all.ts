import { sendBatch, type SendBatchDeps, type SqsEntry } from "./send-batch.ts";

/** Sends entries; throws the error of the first that the queue did not accept. */
export type SendAll = (entries: readonly SqsEntry[], signal?: AbortSignal) => Promise<void>;

export function createSendAll(deps: SendBatchDeps): SendAll {
  return async (entries, signal) => {
    if (entries.length === 0) return;
    for (const outcome of await sendBatch(deps, entries, signal)) {
      if (outcome.outcome === "refused") throw outcome.error;
    }
  };
}
