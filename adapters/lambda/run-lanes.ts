import type { DoneVerdict, RetryVerdict } from "./message-verdict.ts";
import type { SqsRecord } from "./sqs-event.ts";

/** A verdict that needs only an answer to the queue: poison is already on the dead-letter queue, and a retry has its delay. */
export type SettledVerdict = DoneVerdict | (RetryVerdict & { readonly delaySeconds: number });

/**
 * Processes the messages of each lane one after the other, and the lanes side by side; one verdict per message, in their order.
 * If a message must be retried, the later ones of its lane are retried with it, unprocessed and with the same delay: a FIFO group
 * stays locked while any of its messages is hidden.
 */
export async function runLanes(
  records: readonly SqsRecord[],
  toLane: (record: SqsRecord) => string,
  processOne: (record: SqsRecord) => Promise<SettledVerdict>,
): Promise<readonly SettledVerdict[]> {
  const lanes = new Map<string, Promise<SettledVerdict>>();
  return Promise.all(
    records.map((record) => {
      const lane = toLane(record);
      const earlier = lanes.get(lane);
      const verdict =
        earlier === undefined ? processOne(record) : follow(earlier, record, processOne);
      lanes.set(lane, verdict);
      return verdict;
    }),
  );
}

async function follow(
  earlier: Promise<SettledVerdict>,
  record: SqsRecord,
  processOne: (record: SqsRecord) => Promise<SettledVerdict>,
): Promise<SettledVerdict> {
  const before = await earlier;
  return before.outcome === "retry" ? before : processOne(record);
}
