import type { SqsEntry } from "../../adapters/sqs/send-batch.ts";
import { BATCH_MAX_ENTRIES } from "../../adapters/sqs/send-batch.ts";
import type { Send } from "../lease/fence.ts";
import { createBackoff } from "../reflector/backoff.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Ticket } from "./buffer.ts";
import type { Batch, Delivery } from "./delivery.ts";

/** Concurrent requests. Each carries ten groups; more requests make smaller batches, not more throughput, up to about 1,000 changes/s. */
const CONCURRENCY = 4;
/** A change waits this long for others to share its request: a tenth of the requests for a tick of latency. */
const LINGER_MS = 8;
/** What is in flight when the relay is stopped gets this long; the process has 10 s. */
const DRAIN_MS = 7_000;

export type PublisherDeps = {
  readonly delivery: Pick<Delivery, "ready" | "readyCount" | "takeBatches" | "settle" | "retry">;
  readonly send: Send;
  readonly clock: Clock;
  readonly backoff: { readonly minMs: number; readonly maxMs: number };
};

export type Publisher = {
  /** Publishes until it is stopped, and then waits for what is in flight. Throws what the delivery throws. */
  readonly run: (signal: AbortSignal) => Promise<void>;
};

type Signals = { readonly stop: AbortSignal; readonly drain: AbortSignal };

/** Takes batches of changes, sends them, and settles the answers. Retries for ever, with backoff. */
export function createPublisher(deps: PublisherDeps): Publisher {
  const { delivery, clock } = deps;
  const backoff = createBackoff(deps.backoff, clock);
  const tasks = new Set<Promise<void>>();
  const state: { requests: number; failure?: { readonly error: unknown } } = { requests: 0 };

  /** What is refused waits before it is retried. If nothing was accepted, the request slot waits with it. */
  const publish = async (batch: Batch, signals: Signals): Promise<void> => {
    const { accepted, refused } = await deps
      .send(batch.map(toSqsEntry), signals.drain)
      .then((outcomes) => delivery.settle(batch, outcomes))
      .finally(() => {
        state.requests -= 1;
      });
    delivery.ready.notify();
    if (refused.length === 0) return;
    const progressed = accepted > 0;
    if (!progressed) state.requests += 1;
    await clock.sleep(backoff.next({ progressed, livedMs: 0 }), signals.stop);
    if (!progressed) state.requests -= 1;
    delivery.retry(refused);
  };
  const start = (batch: Batch, signals: Signals): void => {
    state.requests += 1;
    const task = publish(batch, signals)
      .catch((error: unknown) => {
        state.failure ??= { error };
        delivery.ready.notify();
      })
      .finally(() => tasks.delete(task));
    tasks.add(task);
  };

  return {
    async run(stop) {
      const drain = new AbortController();
      const signals: Signals = { stop, drain: drain.signal };
      while (!stop.aborted && state.failure === undefined) {
        if (delivery.readyCount() === 0 || state.requests >= CONCURRENCY) {
          await delivery.ready.wait(stop);
          continue;
        }
        if (delivery.readyCount() < BATCH_MAX_ENTRIES) await clock.sleep(LINGER_MS, stop);
        if (stop.aborted) break;
        try {
          const batches = delivery.takeBatches(CONCURRENCY - state.requests);
          for (const batch of batches) start(batch, signals);
        } catch (error) {
          state.failure ??= { error };
        }
      }
      const timer = setTimeout(() => drain.abort(), DRAIN_MS);
      await Promise.all(tasks);
      clearTimeout(timer);
      if (state.failure !== undefined) throw state.failure.error;
    },
  };
}

function toSqsEntry({ entry }: Ticket): SqsEntry {
  const { body, groupId, deduplicationId } = entry.rendered;
  return { body, groupId, deduplicationId };
}
