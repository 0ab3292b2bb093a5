import type { Clock } from "../runtime/clock.ts";
import type { Term } from "../handover/leadership.ts";

/** As in client-go, each shorter than the one before; a fail-over takes at most the first and two of the last. */
export type LeaseTimes = {
  /** In whole seconds: after this long without a renewal, seen by its own clock, another relay takes over. */
  readonly durationMs: number;
  /** After this long without a renewal the active relay starts nothing any more. */
  readonly renewDeadlineMs: number;
  /** Between two looks at the Lease, or two renewals. */
  readonly retryMs: number;
};

/**
 * One time of holding the Lease, measured from when the last successful renewal was *begun*, on the monotonic clock: whoever
 * waits for the Lease to run out has seen that renewal later. What is started before the renew deadline breaks off, at the
 * latest, when the Lease runs out.
 */
export class LeaseTerm implements Term {
  readonly #times: LeaseTimes;
  readonly #clock: Pick<Clock, "nowMs" | "sleep">;
  readonly #ended = new AbortController();
  readonly #expired = new AbortController();
  #renewedMs: number;
  #rollback: boolean;

  constructor(options: {
    readonly times: LeaseTimes;
    readonly clock: Pick<Clock, "nowMs" | "sleep">;
    readonly renewedMs: number;
    readonly rollback: boolean;
  }) {
    this.#times = options.times;
    this.#clock = options.clock;
    this.#renewedMs = options.renewedMs;
    this.#rollback = options.rollback;
  }

  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  get expired(): AbortSignal {
    return this.#expired.signal;
  }

  takeRollback(): boolean {
    const taken = this.#rollback;
    this.#rollback = false;
    return taken;
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
    // Where nothing is in flight, nobody waits for it: a relay that is told to stop ends at once.
    else void this.#clock.sleep(leftMs, this.#expired.signal, { ref: false }).then(expire);
  }
}
