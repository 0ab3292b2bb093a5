import { describeError, isKubemendError } from "../../core/errors.ts";
import type { Journal } from "../../adapters/journal/journal.ts";
import type { Lease, LeaseStore } from "../../adapters/kubernetes/lease/lease.ts";
import type { Clock } from "../runtime/clock.ts";
import { createNotifier, type Notifier } from "../runtime/notifier.ts";
import { createRollbackGuard, type RollbackGuard, type LeaseState } from "../handover/rollback-guard.ts";
import { describeHolder, toForbidden } from "./messages.ts";
import { LeaseTerm, type LeaseTimes } from "./term.ts";
import type { Leadership, Publication, Term } from "../handover/leadership.ts";
import {
  readHandoverState,
  toAnnotations,
  type LeaseCheckpoint,
  type HandoverState,
} from "../handover/annotations.ts";
import type { LeaseReport } from "./report.ts";
import { WriteSchedule } from "./write-schedule.ts";

export type ElectorDeps = {
  readonly store: LeaseStore;
  readonly journal: Pick<Journal, "epoch" | "raiseEpoch" | "note" | "stageNote" | "commit">;
  /** Of whoever has this journal open: its former life is over where that name holds the Lease. */
  readonly identity: string;
  readonly times: LeaseTimes;
  readonly clock: Pick<Clock, "nowMs" | "sleep">;
  readonly report: LeaseReport;
};

/** For each of the two requests that give the Lease free: a process that is told to stop has 10 s, of which sending may take 7. */
const RELEASE_TIMEOUT_MS = 1_000;
const NO_NOTES: HandoverState = { epoch: 0, checkpoints: new Map() };

/**
 * Holds one Lease against other relays. A holder is taken for dead when its Lease has not changed for its duration on this
 * relay's monotonic clock; times that stand in the Lease are for people. Every write is made over the state that was read, and a
 * conflict is somebody else's write. The model is client-go's leader election; epoch and checkpoints travel with the renewals.
 * @see https://pkg.go.dev/k8s.io/client-go/tools/leaderelection
 */
export class Elector implements Leadership {
  readonly isShared = true;
  readonly news: Notifier = createNotifier();
  readonly #deps: ElectorDeps;
  readonly #known: RollbackGuard;
  readonly #pace: WriteSchedule;
  /** As last read or written; `undefined`: there is none. */
  #lease: Lease | undefined;
  #notes: HandoverState = NO_NOTES;
  #isKnown = false;
  /** Whether somebody holds it: another relay, or this one. */
  #isSettled = false;
  #unchangedSinceMs = 0;
  /** The outcome of the last write is not known, so somebody must look before the next. */
  #isDoubtful = false;
  #term: LeaseTerm | undefined;
  #wantedEpoch: number | undefined;
  /** Until the term has its epoch, the Lease keeps what the active relay before has told. */
  #hasEpoch = false;
  #raised: PromiseWithResolvers<void> | undefined;
  #publication: () => Publication = () => ({ checkpoints: new Map(), written: () => undefined });

  constructor(deps: ElectorDeps) {
    this.#deps = deps;
    this.#pace = new WriteSchedule(deps.clock);
    this.#known = createRollbackGuard(deps.journal, deps.store.name);
  }

  /** Whether the Lease has been read, or is known to be absent. */
  isKnown(): boolean {
    return this.#isKnown;
  }

  term(): Term | undefined {
    return this.#term;
  }

  maySend(): boolean {
    return this.#term?.mayStart() ?? false;
  }

  checkpoint(watch: string): LeaseCheckpoint | undefined {
    // Who finds it free is about to be the active one, and does not follow whoever was.
    if (!this.#isSettled) return undefined;
    // A Lease of before the history went back covers states that no longer are.
    if (this.#notes.epoch < (this.#known.epoch() ?? 0)) return undefined;
    return this.#notes.checkpoints.get(watch);
  }

  former(watch: string): LeaseCheckpoint | undefined {
    // Each term has an epoch of its own.
    return this.#notes.epoch === this.#deps.journal.epoch() ? undefined : this.checkpoint(watch);
  }

  publish(read: () => Publication): void {
    this.#publication = read;
  }

  hurry(): void {
    this.#pace.hurry();
  }

  async raiseEpoch(signal: AbortSignal): Promise<void> {
    const raised = (this.#raised ??= Promise.withResolvers<void>());
    this.#pace.wake();
    const { promise, resolve } = Promise.withResolvers<void>();
    const give = (): void => resolve();
    signal.addEventListener("abort", give, { once: true });
    if (!signal.aborted) await Promise.race([raised.promise, promise]);
    signal.removeEventListener("abort", give);
  }

  /**
   * Takes part until the signal is aborted, and then gives the Lease free if it holds it. Throws `Forbidden` where the Lease
   * may not even be read, and `StateFolder` where the journal cannot be written.
   */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        this.#pace.begin();
        const waitMs = await (this.#term === undefined
          ? this.#standBy(signal)
          : this.#renew(signal));
        if (!this.#isRaiseDue()) await this.#pace.rest(waitMs, () => this.#mayHurry(), signal);
      }
    } finally {
      await this.#release();
    }
  }

  #isRaiseDue(): boolean {
    return this.#term !== undefined && this.#raised !== undefined && !this.#isDoubtful;
  }

  /** The next write may come at once: this relay is active, and knows what it writes over. */
  #mayHurry(): boolean {
    return this.#term !== undefined && !this.#isDoubtful;
  }

  /** Looks at the Lease, and takes it where nobody alive holds it. Returns how long to wait. */
  async #standBy(signal: AbortSignal): Promise<number> {
    const { times, clock, identity, report } = this.#deps;
    const lease = await this.#read(signal);
    if (lease === "unknown") return times.retryMs;
    this.#observe(lease);
    const holder = lease?.holder ?? "";
    const leftMs =
      holder === "" || holder === identity
        ? 0
        : this.#unchangedSinceMs + (lease?.durationMs ?? 0) - clock.nowMs();
    if (leftMs > 0) {
      this.#isSettled = true;
      this.news.notify();
      report.standingBy(holder);
      return Math.min(times.retryMs, leftMs);
    }
    return this.#acquire(signal);
  }

  async #acquire(signal: AbortSignal): Promise<number> {
    const { store, identity, times, clock, report } = this.#deps;
    const before = this.#lease;
    const rollback = this.#isHistoryBack();
    const startedMs = clock.nowMs();
    try {
      const content = { holder: identity, durationMs: times.durationMs, annotations: {} };
      const written = await store.write(before, content, this.#limits(signal));
      // Another was quicker.
      if (written === undefined) return 0;
      this.#isDoubtful = false;
      this.#hasEpoch = false;
      this.#isSettled = true;
      this.#term = new LeaseTerm({ times, clock, renewedMs: startedMs, rollback });
      this.#lease = written;
      report.acquired({ from: before?.holder ?? "", epoch: this.#notes.epoch, rollback });
      this.news.notify();
      return times.retryMs;
    } catch (error) {
      return this.#failed(error, signal);
    }
  }

  /** Writes what is new, and says that this relay is alive. Returns how long to wait. */
  async #renew(signal: AbortSignal): Promise<number> {
    const { store, journal, identity, times, clock, report } = this.#deps;
    const term = this.#term;
    if (term === undefined) return 0;
    if (!term.mayStart()) return this.#lose("it could not be renewed in time");
    if (this.#isDoubtful) {
      const lease = await this.#read(signal);
      if (lease === "unknown") return times.retryMs;
      if (!this.#isOurs(lease)) return this.#lose(describeHolder(lease, identity));
      this.#lease = lease;
      this.#isDoubtful = false;
    }
    const raised = this.#raised;
    if (raised !== undefined) this.#wantedEpoch = Math.max(this.#notes.epoch, journal.epoch()) + 1;
    const isOwn = raised !== undefined || this.#hasEpoch;
    const { checkpoints, written: published } = this.#publication();
    const notes = isOwn
      ? { epoch: this.#wantedEpoch ?? this.#notes.epoch, checkpoints }
      : this.#notes;
    const { annotations, isComplete } = toAnnotations(notes);
    if (!isComplete) report.checkpointsTooLarge();
    const startedMs = clock.nowMs();
    try {
      const content = { holder: identity, durationMs: times.durationMs, annotations };
      const written = await store.write(this.#lease, content, this.#limits(signal));
      if (written === undefined) {
        this.#isDoubtful = true;
        return 0;
      }
      this.#lease = written;
      this.#notes = notes;
      term.renewed(startedMs);
      if (isOwn) published();
      report.renewed();
    } catch (error) {
      this.#isDoubtful = true;
      return this.#failed(error, signal);
    }
    if (raised !== undefined || this.#hasEpoch) this.#known.note(toState(this.#lease));
    journal.commit();
    if (raised !== undefined) {
      journal.raiseEpoch(notes.epoch - 1);
      this.#hasEpoch = true;
      this.#wantedEpoch = undefined;
      this.#raised = undefined;
      raised.resolve();
    }
    this.news.notify();
    return times.retryMs;
  }

  #observe(lease: Lease | undefined): void {
    const { journal, clock, report } = this.#deps;
    if (lease?.resourceVersion !== this.#lease?.resourceVersion) {
      this.#unchangedSinceMs = clock.nowMs();
    }
    this.#lease = lease;
    this.#isKnown = true;
    this.#notes = readHandoverState(lease?.annotations ?? {});
    if (lease !== undefined) {
      const state = toState(lease);
      if (this.#known.isUndone(state)) this.#known.doubt(state);
      else this.#known.note(state);
      journal.commit();
    }
    report.observed(this.#notes.epoch);
    this.news.notify();
  }

  #isHistoryBack(): boolean {
    const known = this.#known.epoch();
    return known !== undefined && (this.#lease === undefined || this.#notes.epoch < known);
  }

  /** Others may write labels there; holder and epoch are the relays' alone, and nobody makes it older. */
  #isOurs(lease: Lease | undefined): boolean {
    if (lease === undefined || lease.holder !== this.#deps.identity) return false;
    const state = toState(lease);
    if (state.epoch !== this.#notes.epoch && state.epoch !== this.#wantedEpoch) return false;
    return !this.#known.isUndone(state);
  }

  #lose(why: string): number {
    this.#deps.report.lost(why);
    this.#term?.end();
    this.#term = undefined;
    this.#raised = undefined;
    this.#wantedEpoch = undefined;
    this.#isDoubtful = false;
    this.news.notify();
    return 0;
  }

  async #read(signal: AbortSignal): Promise<Lease | undefined | "unknown"> {
    try {
      return await this.#deps.store.read(this.#limits(signal));
    } catch (error) {
      const isFirst = !this.#isKnown && this.#term === undefined;
      if (isFirst && isKubemendError(error, "Forbidden")) {
        throw toForbidden(this.#deps.store.name, error);
      }
      this.#failed(error, signal);
      return "unknown";
    }
  }

  #failed(error: unknown, signal: AbortSignal): number {
    const { report, times } = this.#deps;
    if (!signal.aborted) report.failed(describeError(error));
    return times.retryMs;
  }

  /** Two tries fit into the time in which a renewal must succeed. */
  #limits(signal: AbortSignal): { readonly timeoutMs: number; readonly signal: AbortSignal } {
    return { timeoutMs: this.#deps.times.renewDeadlineMs / 2, signal };
  }

  async #release(): Promise<void> {
    const { store, times, report } = this.#deps;
    const term = this.#term;
    if (term === undefined) return;
    this.#term = undefined;
    const isInTime = term.mayStart();
    term.end();
    if (!isInTime) return;
    const limits = { timeoutMs: RELEASE_TIMEOUT_MS };
    try {
      // What was in flight when it was told to stop may have been written.
      const lease = await store.read(limits);
      if (!this.#isOurs(lease)) return;
      const { checkpoints } = this.#hasEpoch ? this.#publication() : this.#notes;
      const { annotations } = toAnnotations({ ...this.#notes, checkpoints });
      await store.write(lease, { holder: "", durationMs: times.durationMs, annotations }, limits);
      report.released();
    } catch (error) {
      report.failed(describeError(error));
    }
  }
}

function toState({ resourceVersion, annotations }: Lease): LeaseState {
  return { epoch: readHandoverState(annotations).epoch, resourceVersion };
}
