import type { Clock } from "../runtime/clock.ts";

/** As in client-go, each shorter than the one before. A failover takes at most the first and two of the last. */
export type LeaseTimes = {
  /** In whole seconds: after this long without a renewal, measured by its own clock, another relay takes over. */
  readonly durationMs: number;
  /** After this long without a renewal the leader starts nothing more. */
  readonly renewDeadlineMs: number;
  /** Between two reads of the Lease, or two renewals. */
  readonly retryMs: number;
};

/** One term as leader. */
export type Term = {
  /** Aborted when the term is over, lost or released. Nothing may be started any more. */
  readonly ended: AbortSignal;
  /** Aborted when another relay may be leader: what is still in flight is broken off. */
  readonly expired: AbortSignal;
};

/**
 * One term of holding the Lease, measured on the monotonic clock from when the last successful renewal was *begun*: a relay that
 * waits for the Lease to expire has seen that renewal later. What is started before the renew deadline is broken off, at the
 * latest, when the Lease expires.
 */
export class LeaseTerm implements Term {
  readonly #times: LeaseTimes;
  readonly #clock: Pick<Clock, "nowMs" | "sleep">;
  readonly #ended = new AbortController();
  readonly #expired = new AbortController();
  #renewedMs: number;

  constructor(options: {
    readonly times: LeaseTimes;
    readonly clock: Pick<Clock, "nowMs" | "sleep">;
    readonly renewedMs: number;
  }) {
    this.#times = options.times;
    this.#clock = options.clock;
    this.#renewedMs = options.renewedMs;
  }

  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  get expired(): AbortSignal {
    return this.#expired.signal;
  }

  renewed(startedMs: number): void {
    this.#renewedMs = startedMs;
  }

  mayStart(): boolean {
    if (this.#ended.signal.aborted) return false;
    return this.#clock.nowMs() - this.#renewedMs < this.#times.renewDeadlineMs;
  }

  end(): void {
    this.#ended.abort();
    const leftMs = this.#renewedMs + this.#times.durationMs - this.#clock.nowMs();
    const expire = (): void => this.#expired.abort();
    if (leftMs <= 0) expire();
    // If nothing is in flight, nobody waits for it: a relay that is stopped ends at once.
    else void this.#clock.sleep(leftMs, this.#expired.signal, { ref: false }).then(expire);
  }
}
