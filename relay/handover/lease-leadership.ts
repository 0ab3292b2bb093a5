import type { Journal } from "../../adapters/journal/journal.ts";
import type { Lease, LeaseStore } from "../../adapters/kubernetes/lease/lease.ts";
import { Elector } from "../lease/elector.ts";
import type { LeasePayload, PayloadWrite } from "../lease/payload.ts";
import type { LeaseTimes, Term } from "../lease/term.ts";
import type { Clock } from "../runtime/clock.ts";
import { createNotifier, type Notifier } from "../runtime/notifier.ts";
import {
  readHandoverState,
  toAnnotations,
  type HandoverState,
  type LeaseCheckpoint,
} from "./annotations.ts";
import { EpochRequest } from "./epoch-request.ts";
import type { Leadership, Publication } from "./leadership.ts";
import type { HandoverReport } from "./report.ts";
import { createRollbackGuard, type LeaseState, type RollbackGuard } from "./rollback-guard.ts";

export type LeaseLeadershipDeps = {
  readonly store: LeaseStore;
  readonly journal: Pick<Journal, "epoch" | "raiseEpoch" | "note" | "stageNote" | "commit">;
  /** Identifies whoever has this journal open: if the Lease has that holder, its previous process is over. */
  readonly identity: string;
  readonly times: LeaseTimes;
  readonly clock: Pick<Clock, "nowMs" | "sleep">;
  readonly report: HandoverReport;
};

const NO_STATE: HandoverState = { epoch: 0, checkpoints: new Map() };

/**
 * Leadership among the relays of one Lease. The elector decides who leads; this class carries epoch and checkpoints in the
 * annotations of the same writes, and notices a Lease that is older than the journal knows it.
 */
export class LeaseLeadership implements Leadership, LeasePayload {
  readonly isShared = true;
  readonly changed: Notifier = createNotifier();
  readonly #deps: LeaseLeadershipDeps;
  readonly #elector: Elector;
  readonly #guard: RollbackGuard;
  readonly #epoch = new EpochRequest();
  /** As last read or written. */
  #state: HandoverState = NO_STATE;
  #rollback = false;
  #publication: () => Publication = () => ({ checkpoints: new Map(), written: () => undefined });

  constructor(deps: LeaseLeadershipDeps) {
    this.#deps = deps;
    this.#guard = createRollbackGuard(deps.journal, deps.store.name);
    this.#elector = new Elector({ ...deps, payload: this, changed: this.changed });
  }

  /** Takes part until the signal is aborted, then releases the Lease if it holds it. Throws what `Elector.run` throws. */
  run(signal: AbortSignal): Promise<void> {
    return this.#elector.run(signal);
  }

  /** Whether the Lease has been read, or is known to be absent. */
  isKnown(): boolean {
    return this.#elector.isKnown();
  }

  /** Why the Lease cannot be acquired although nobody holds it; undefined if that has not failed. */
  problem(): string | undefined {
    return this.#elector.problem();
  }

  term(): Term | undefined {
    return this.#elector.term();
  }

  maySend(): boolean {
    return this.#elector.mayStart();
  }

  checkpoint(watch: string): LeaseCheckpoint | undefined {
    // A relay that finds the Lease free is about to lead, and does not follow the last leader.
    if (!this.#elector.isHeld()) return undefined;
    // A Lease from before a rollback covers states that no longer exist.
    if (this.#state.epoch < (this.#guard.epoch() ?? 0)) return undefined;
    return this.#state.checkpoints.get(watch);
  }

  predecessorCheckpoint(watch: string): LeaseCheckpoint | undefined {
    // Each term has an epoch of its own.
    return this.#state.epoch === this.#deps.journal.epoch() ? undefined : this.checkpoint(watch);
  }

  takeRollback(): boolean {
    const taken = this.#rollback;
    this.#rollback = false;
    return taken;
  }

  publish(read: () => Publication): void {
    this.#publication = read;
  }

  hurry(): void {
    this.#elector.hurry();
  }

  async raiseEpoch(signal: AbortSignal): Promise<void> {
    const raised = this.#epoch.request(signal);
    this.#elector.wake();
    await raised;
  }

  observed(lease: Lease | undefined): void {
    const { journal, report } = this.#deps;
    this.#state = readHandoverState(lease?.annotations ?? {});
    if (lease !== undefined) {
      const state = toState(lease);
      if (this.#guard.isOlder(state)) this.#guard.doubt(state);
      else this.#guard.note(state);
      journal.commit();
    }
    report.observed(this.#state.epoch);
  }

  acquired(before: Lease | undefined): void {
    const known = this.#guard.epoch();
    this.#rollback = known !== undefined && (before === undefined || this.#state.epoch < known);
    this.#epoch.termBegins();
    this.#deps.report.acquired({
      from: before?.holder ?? "",
      epoch: this.#state.epoch,
      rollback: this.#rollback,
    });
  }

  isUrgent(): boolean {
    return this.#epoch.isRequested();
  }

  renewal(): PayloadWrite {
    const { journal, report } = this.#deps;
    const epoch = this.#epoch.next(Math.max(this.#state.epoch, journal.epoch()));
    const { checkpoints, written } = this.#publication();
    // Until this term has its epoch, the Lease keeps what the previous leader published.
    const state = epoch.isOwn
      ? { epoch: epoch.value ?? this.#state.epoch, checkpoints }
      : this.#state;
    const { annotations, isComplete } = toAnnotations(state);
    if (!isComplete) report.checkpointsTooLarge();
    return {
      annotations,
      written: (lease) => {
        this.#state = state;
        if (epoch.isOwn) {
          written();
          this.#guard.note(toState(lease));
        }
        journal.commit();
        if (!epoch.isRequested) return;
        journal.raiseEpoch(state.epoch - 1);
        this.#epoch.raised();
      },
    };
  }

  /** Others may write labels there; only the relays write the epoch, and nobody makes a Lease older. */
  isOwn(lease: Lease): boolean {
    const state = toState(lease);
    if (state.epoch !== this.#state.epoch && !this.#epoch.isWanted(state.epoch)) return false;
    return !this.#guard.isOlder(state);
  }

  lost(): void {
    this.#epoch.termEnds();
  }

  released(): PayloadWrite["annotations"] {
    const { checkpoints } = this.#epoch.isRaised() ? this.#publication() : this.#state;
    return toAnnotations({ ...this.#state, checkpoints }).annotations;
  }
}

function toState({ resourceVersion, annotations }: Lease): LeaseState {
  return { epoch: readHandoverState(annotations).epoch, resourceVersion };
}
