import { BATCH_MAX_ENTRIES, type SqsEntry } from "../../adapters/sqs/send-batch.ts";
import type { Send } from "./fence-sends.ts";
import { createBackoff, type Backoff } from "../runtime/backoff.ts";
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

type Signals = { readonly stop: AbortSignal; readonly drain: AbortSignal };

/** Takes batches of changes, sends them, and settles the answers. Retries for ever, with backoff. */
export class Publisher {
  readonly #deps: PublisherDeps;
  readonly #backoff: Backoff;
  readonly #tasks = new Set<Promise<void>>();
  /** Open requests, and those that wait because the queue accepted nothing. */
  #requests = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
    this.#backoff = createBackoff(deps.backoff, deps.clock);
  }

  /** Publishes until it is stopped, and then waits for what is in flight. Throws what the delivery throws. */
  async run(stop: AbortSignal): Promise<void> {
    const { delivery, clock } = this.#deps;
    const drain = new AbortController();
    while (!stop.aborted && this.#failure === undefined) {
      if (delivery.readyCount() === 0 || this.#requests >= CONCURRENCY) {
        await delivery.ready.wait(stop);
        continue;
      }
      if (delivery.readyCount() < BATCH_MAX_ENTRIES) await clock.sleep(LINGER_MS, stop);
      if (!stop.aborted) this.#start({ stop, drain: drain.signal });
    }
    const timer = setTimeout(() => drain.abort(), DRAIN_MS);
    await Promise.all(this.#tasks);
    clearTimeout(timer);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #start(signals: Signals): void {
    try {
      for (const batch of this.#deps.delivery.takeBatches(CONCURRENCY - this.#requests)) {
        const task = this.#publish(batch, signals)
          .catch((error: unknown) => this.#fail(error))
          .finally(() => this.#tasks.delete(task));
        this.#tasks.add(task);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#deps.delivery.ready.notify();
  }

  /** What is refused waits before it is retried. If nothing was accepted, the request's slot waits with it. */
  async #publish(batch: Batch, signals: Signals): Promise<void> {
    const { delivery, clock } = this.#deps;
    const { accepted, refused } = await this.#send(batch, signals.drain);
    delivery.ready.notify();
    if (refused.length === 0) return;
    const progressed = accepted > 0;
    if (!progressed) this.#requests += 1;
    await clock.sleep(this.#backoff.next({ progressed, livedMs: 0 }), signals.stop);
    if (!progressed) this.#requests -= 1;
    delivery.retry(refused);
  }

  async #send(batch: Batch, drain: AbortSignal): Promise<ReturnType<Delivery["settle"]>> {
    this.#requests += 1;
    try {
      const outcomes = await this.#deps.send(batch.map(toSqsEntry), drain);
      return this.#deps.delivery.settle(batch, outcomes);
    } finally {
      this.#requests -= 1;
    }
  }
}

function toSqsEntry({ entry }: Ticket): SqsEntry {
  const { body, groupId, deduplicationId } = entry.rendered;
  return { body, groupId, deduplicationId };
}
