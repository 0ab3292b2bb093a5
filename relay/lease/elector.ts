import { describeError, isKubemendError } from "../../core/errors.ts";
import type { Lease, LeaseStore } from "../../adapters/kubernetes/lease/lease.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Notifier } from "../runtime/notifier.ts";
import { describeHolder, toForbidden } from "./messages.ts";
import type { LeasePayload } from "./payload.ts";
import type { LeaseReport, LeaseRequest } from "./report.ts";
import { LeaseTerm, type LeaseTimes, type Term } from "./term.ts";
import { WriteSchedule } from "./write-schedule.ts";

export type ElectorDeps = {
  readonly store: LeaseStore;
  readonly payload: LeasePayload;
  /** The holder's name in the Lease. A relay that finds its own name there takes the Lease at once. */
  readonly identity: string;
  readonly times: LeaseTimes;
  readonly clock: Pick<Clock, "nowMs" | "sleep">;
  readonly report: LeaseReport;
  /** Notified when the Lease was read or written, and when a term began or ended. */
  readonly changed: Notifier;
};

/** For each of the two requests that release the Lease: a process that is stopped has 10 s, of which sending may take 7. */
const RELEASE_TIMEOUT_MS = 1_000;

/**
 * Holds one Lease against other relays. A holder counts as dead when its Lease has not changed for its duration on this relay's
 * monotonic clock; the times in the Lease are for people. Every write names the state that it replaces, and a conflict means that
 * somebody else has written. The model is client-go's leader election.
 * @see https://pkg.go.dev/k8s.io/client-go/tools/leaderelection
 */
export class Elector {
  readonly #deps: ElectorDeps;
  readonly #schedule: WriteSchedule;
  /** As last read or written; `undefined`: there is none. */
  #lease: Lease | undefined;
  #isKnown = false;
  #isHeld = false;
  #unchangedSinceMs = 0;
  /** The outcome of the last write is not known, so the Lease must be read before the next one. */
  #isUncertain = false;
  #term: LeaseTerm | undefined;
  #problem: string | undefined;

  constructor(deps: ElectorDeps) {
    this.#deps = deps;
    this.#schedule = new WriteSchedule(deps.clock);
  }

  /** Whether the Lease has been read, or is known to be absent. */
  isKnown(): boolean {
    return this.#isKnown;
  }

  /** Why this relay cannot acquire the Lease although nobody holds it; undefined if it has not failed. */
  problem(): string | undefined {
    return this.#problem;
  }

  /** Whether somebody is known to have held it: another relay, or this one. */
  isHeld(): boolean {
    return this.#isHeld;
  }

  term(): Term | undefined {
    return this.#term;
  }

  /** Whether something may be started now that ends before another relay can acquire the Lease. */
  mayStart(): boolean {
    return this.#term?.mayStart() ?? false;
  }

  /** Looks at, or writes, the Lease now. */
  wake(): void {
    this.#schedule.wake();
  }

  /** Writes the Lease soon, together with what others ask for meanwhile. */
  hurry(): void {
    this.#schedule.hurry();
  }

  /**
   * Takes part until the signal is aborted, and then releases the Lease if it holds it. Throws `Forbidden` if the Lease may not even
   * be read, and what the payload throws.
   */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        this.#schedule.begin();
        const waitMs = await (this.#term === undefined
          ? this.#standBy(signal)
          : this.#renew(signal));
        const isDue = this.#mayHurry() && this.#deps.payload.isUrgent();
        if (!isDue) await this.#schedule.rest(waitMs, () => this.#mayHurry(), signal);
      }
    } finally {
      await this.#release();
    }
  }

  /** Whether the next write may come at once: this relay leads, and knows which state it replaces. */
  #mayHurry(): boolean {
    return this.#term !== undefined && !this.#isUncertain;
  }

  /** Reads the Lease, and acquires it if no living relay holds it. Returns how long to wait. */
  async #standBy(signal: AbortSignal): Promise<number> {
    const { times, clock, identity, report, changed } = this.#deps;
    const lease = await this.#read(signal);
    if (lease === "unknown") return times.retryMs;
    this.#observe(lease);
    const holder = lease?.holder ?? "";
    const leftMs =
      holder === "" || holder === identity
        ? 0
        : this.#unchangedSinceMs + (lease?.durationMs ?? 0) - clock.nowMs();
    if (leftMs <= 0) return this.#acquire(signal);
    this.#isHeld = true;
    this.#problem = undefined;
    changed.notify();
    report.standingBy(holder);
    return Math.min(times.retryMs, leftMs);
  }

  #observe(lease: Lease | undefined): void {
    const { payload, clock, changed } = this.#deps;
    if (lease?.resourceVersion !== this.#lease?.resourceVersion) {
      this.#unchangedSinceMs = clock.nowMs();
    }
    this.#lease = lease;
    this.#isKnown = true;
    payload.observed(lease);
    changed.notify();
  }

  async #acquire(signal: AbortSignal): Promise<number> {
    const { store, payload, identity, times, clock, changed } = this.#deps;
    const before = this.#lease;
    const startedMs = clock.nowMs();
    let written: Lease | undefined;
    try {
      const content = { holder: identity, durationMs: times.durationMs, annotations: {} };
      written = await store.write(before, content, this.#limits(signal));
    } catch (error) {
      this.#problem = describeError(error);
      return this.#failed(error, "write", signal);
    }
    // Another relay was faster.
    if (written === undefined) return 0;
    this.#isUncertain = false;
    this.#isHeld = true;
    this.#problem = undefined;
    this.#term = new LeaseTerm({ times, clock, renewedMs: startedMs });
    this.#lease = written;
    payload.acquired(before);
    changed.notify();
    return times.retryMs;
  }

  /** Writes the payload, which shows that this relay is alive. Returns how long to wait. */
  async #renew(signal: AbortSignal): Promise<number> {
    const { store, payload, identity, times, clock, report, changed } = this.#deps;
    const term = this.#term;
    if (term === undefined) return 0;
    if (!term.mayStart()) return this.#lose("it could not be renewed in time");
    if (this.#isUncertain) {
      const lease = await this.#read(signal);
      if (lease === "unknown") return times.retryMs;
      if (!this.#isOurs(lease)) return this.#lose(describeHolder(lease, identity));
      this.#lease = lease;
      this.#isUncertain = false;
    }
    const { annotations, written } = payload.renewal();
    const startedMs = clock.nowMs();
    let lease: Lease | undefined;
    try {
      const content = { holder: identity, durationMs: times.durationMs, annotations };
      lease = await store.write(this.#lease, content, this.#limits(signal));
    } catch (error) {
      this.#isUncertain = true;
      return this.#failed(error, "write", signal);
    }
    if (lease === undefined) {
      this.#isUncertain = true;
      return 0;
    }
    this.#lease = lease;
    term.renewed(startedMs);
    report.renewed();
    written(lease);
    changed.notify();
    return times.retryMs;
  }

  #isOurs(lease: Lease | undefined): boolean {
    return lease?.holder === this.#deps.identity && this.#deps.payload.isOwn(lease);
  }

  #lose(why: string): number {
    const { payload, report, changed } = this.#deps;
    report.lost(why);
    this.#term?.end();
    this.#term = undefined;
    this.#isUncertain = false;
    payload.lost();
    changed.notify();
    return 0;
  }

  async #read(signal: AbortSignal): Promise<Lease | undefined | "unknown"> {
    try {
      return await this.#deps.store.read(this.#limits(signal));
    } catch (error) {
      // Later on the right may come back, and a standby that ends cannot take over.
      const isFirst = !this.#isKnown && this.#term === undefined;
      if (isFirst && isKubemendError(error, "Forbidden")) {
        throw toForbidden(this.#deps.store.name, error);
      }
      this.#failed(error, "read", signal);
      return "unknown";
    }
  }

  #failed(error: unknown, request: LeaseRequest, signal: AbortSignal): number {
    const { report, times } = this.#deps;
    if (!signal.aborted) report.failed(describeError(error), request);
    return times.retryMs;
  }

  /** Two attempts fit into the time in which a renewal must succeed. */
  #limits(signal: AbortSignal): { readonly timeoutMs: number; readonly signal: AbortSignal } {
    return { timeoutMs: this.#deps.times.renewDeadlineMs / 2, signal };
  }

  async #release(): Promise<void> {
    const { store, payload, times, report } = this.#deps;
    const term = this.#term;
    if (term === undefined) return;
    this.#term = undefined;
    const isInTime = term.mayStart();
    term.end();
    if (!isInTime) return;
    const limits = { timeoutMs: RELEASE_TIMEOUT_MS };
    try {
      // A renewal that was in flight when the relay was stopped may have been written.
      const lease = await store.read(limits);
      if (!this.#isOurs(lease)) return;
      const annotations = payload.released();
      await store.write(lease, { holder: "", durationMs: times.durationMs, annotations }, limits);
      report.released();
    } catch (error) {
      report.failed(describeError(error), "write");
    }
  }
}
