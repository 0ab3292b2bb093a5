import type { ReadObject } from "../../core/changes/read-object.ts";
import type { Journal } from "../../adapters/journal/journal.ts";
import { isTerminal } from "../detect/change.ts";
import type { WatchProgress } from "../detect/change-detector.ts";
import type { LeaseCheckpoint } from "../handover/annotations.ts";
import type { Leadership } from "../handover/leadership.ts";
import type { Predecessor } from "../handover/predecessor.ts";
import type { UncheckpointedAdds } from "../handover/uncheckpointed-adds.ts";
import { WatchHandover } from "../handover/watch-handover.ts";
import { isJournalled, type InitialRule, type TrackedWatch } from "../plan/tracked-watch.ts";
import type { ReflectorStart } from "../reflector/reflect.ts";
import type { WatchStep } from "../reflector/step.ts";
import type { Ticket } from "./buffer.ts";
import { createCheckpointTracker } from "./checkpoint-tracker.ts";
import type { Entry } from "./entry.ts";
import { WatchStart } from "./watch-start.ts";
import type { FieldDigests } from "../../core/changes/compare-fields.ts";
import type { FieldDigester } from "../detect/digest-fields.ts";
import type { KnownObject } from "../detect/known-objects.ts";

/** Rows that are journalled without being sent are committed in lots of this size. */
const SILENT_ROWS_PER_COMMIT = 1_000;

export type LedgerDeps = {
  readonly journal: Journal;
  readonly watch: TrackedWatch;
  readonly predecessor: Predecessor;
  readonly leadership: Pick<
    Leadership,
    "term" | "checkpoint" | "predecessorCheckpoint" | "isShared"
  >;
  /** Set if rules of the watch compare fields. */
  readonly digester?: FieldDigester | undefined;
  /** Of all watches of this relay. */
  readonly uncheckpointedAdds: UncheckpointedAdds;
  readonly checkpointMoved: (watch: string) => void;
};

/**
 * The ledger of one watch: follows each change until the queue has accepted it, and keeps rows and checkpoint in the journal. While
 * this relay is a standby, what the leader's checkpoint covers counts as accepted.
 */
export class WatchLedger implements WatchProgress {
  readonly #deps: LedgerDeps;
  readonly #handover: WatchHandover;
  readonly #start: WatchStart;
  readonly #tracker = createCheckpointTracker<Ticket>();
  readonly #journalled: boolean;
  #hasBegun = false;
  #accepted: string;
  /** Where the stream is. */
  #reached = "";
  /** From where the stream has no hole: "" if the journal covers everything before it; undefined within a snapshot. */
  #since: string | undefined = "";
  #namespaces: string | undefined;
  #silentRows = 0;

  constructor(deps: LedgerDeps) {
    const { journal, watch } = deps;
    this.#deps = deps;
    this.#handover = new WatchHandover(deps);
    this.#journalled = isJournalled(watch);
    this.#accepted = journal.checkpoint(watch.key)?.resourceVersion ?? "";
    this.#start = new WatchStart({ ...deps, handover: this.#handover });
  }

  isFirst(): boolean {
    return this.#start.isFirst();
  }

  missingInitial(): readonly InitialRule[] {
    return this.#start.missingInitial();
  }

  acceptedUpTo(): string {
    return this.#accepted;
  }

  journalSilently(read: ReadObject, digests: FieldDigests | undefined): void {
    const { journal, watch } = this.#deps;
    if (this.#journalled) journal.stageRow(watch.key, { ...read, standing: "delivered", digests });
    this.#countSilentRow();
  }

  learned(row: KnownObject, digests: FieldDigests): void {
    const { journal, watch } = this.#deps;
    journal.stageRow(watch.key, { ...row, digests });
    this.#countSilentRow();
  }

  #countSilentRow(): void {
    const { journal } = this.#deps;
    this.#silentRows += 1;
    if (this.#silentRows % SILENT_ROWS_PER_COMMIT === 0) journal.commit();
  }

  /** Whether it is known where the watch begins. A standby may have to wait for the leader's first checkpoint. */
  mayBegin(): boolean {
    return this.#start.isKnown();
  }

  /** Where the reflector begins. */
  start(): ReflectorStart {
    this.#hasBegun = true;
    return this.#start.plan();
  }

  /** A snapshot begins: until it has ended, the stream has a hole. */
  snapshotStarted({ replace, cause }: Extract<WatchStep, { type: "snapshotStarted" }>): void {
    this.#since = undefined;
    if (replace) this.#forgetPosition(cause === "rollback");
  }

  /** The changes of a step are in the buffer: the stream is past them. */
  passed(step: WatchStep): void {
    if (step.type === "changed") this.#advance(step.read.resourceVersion, []);
    if (step.type === "bookmark") this.#advance(step.resourceVersion, []);
    if (step.type === "snapshotEnded") {
      this.#advance(
        step.resourceVersion,
        this.#start.missingInitial().map(({ key }) => key),
      );
      this.#start.snapshotEnded();
      this.#since = step.resourceVersion;
      this.#deps.predecessor.snapshotEnded(step.resourceVersion);
    }
    if (step.type === "bookmark" || step.type === "snapshotEnded") this.save();
  }

  /** The changes that came of the namespaces up to here are in the buffer. */
  namespacesPassed(resourceVersion: string): void {
    this.#namespaces = resourceVersion;
    if (this.#since !== undefined) this.#advance(this.#reached, []);
  }

  /** A change was put into the buffer. */
  opened(ticket: Ticket): void {
    this.#tracker.open(ticket);
  }

  /** A change need not be sent any more. */
  annulled(ticket: Ticket): void {
    this.#tracker.close(ticket);
  }

  /**
   * A change is about to be sent, by this relay or by the leader. If the queue has never had its object, a row is written first: if
   * the process dies before the answer comes, the object may have been delivered, and its deletion must be reported one day. If its
   * fields are compared, the row says which state is sent: after such an end, it must be sent again before a later one replaces it.
   * Staged.
   */
  sending(ticket: Ticket): void {
    const { entry } = ticket;
    if (!this.#journalled || isTerminal(entry.change)) return;
    const { journal, leadership, uncheckpointedAdds } = this.#deps;
    if (entry.delivered) {
      // With other relays every state is sent, so none is replaced.
      if (entry.comparison !== undefined && !leadership.isShared) {
        journal.stageSent(entry.watch, entry, entry.resourceVersion);
      }
      return;
    }
    journal.stageRow(entry.watch, { ...entry, standing: "attempted" });
    if (leadership.isShared && this.#handover.isLeader()) {
      uncheckpointedAdds.register(entry.watch, entry);
    }
  }

  /** The queue has accepted a change, from this relay or from the leader. Staged. */
  accepted(ticket: Ticket, sender: "own" | "leader"): void {
    const { entry } = ticket;
    if (sender === "own" && this.#deps.leadership.isShared) {
      this.#handover.delivered(entry.resourceVersion);
    }
    if (this.#journalled) {
      const standing = isTerminal(entry.change) ? "tombstone" : "delivered";
      const digests = isTerminal(entry.change) ? undefined : entry.comparison?.digests;
      this.#deps.journal.stageRow(entry.watch, { ...entry, standing, digests });
    }
    this.#tracker.close(ticket);
    this.#stageCheckpoint();
  }

  /** Whether the leader's checkpoint shows that the queue has this change. */
  isCovered(entry: Entry): boolean {
    return this.#handover.covers(entry);
  }

  /** False if what this standby has read belongs to a history that is over: it must restart. */
  keepsUp(): boolean {
    return !this.#hasBegun || this.#handover.keepUp();
  }

  /** This relay takes over. Whether what it read as a standby is complete, so that it can continue from there. Staged. */
  takeOver(): boolean {
    this.#beginTerm();
    if (!this.#hasBegun) return true;
    if (this.#deps.predecessor.isUnseen()) return false;
    const checkpoint = this.#deps.journal.checkpoint(this.#deps.watch.key);
    if (checkpoint === undefined || checkpoint.resourceVersion === "") return false;
    if (this.#handover.isReplacing() || this.#handover.isBehind()) return false;
    return this.#start.readMissingInitial().length === 0;
  }

  /**
   * Takes over from the Lease what the previous leader published, because this relay will write there next. `rollback`: the Lease
   * itself shows one. Staged.
   */
  prepareToLead(rollback: boolean): void {
    const { journal, watch } = this.#deps;
    this.#beginTerm();
    this.#start.readMissingInitial();
    const isDoubtful = rollback || this.#handover.isBehind();
    if (isDoubtful && journal.checkpoint(watch.key) !== undefined) this.#handover.doubt();
  }

  /** The checkpoint that the Lease may show of the watch. */
  toLeaseCheckpoint(): LeaseCheckpoint | undefined {
    return this.#handover.toCheckpoint();
  }

  /** Writes the watch's progress to the journal. Durable when it returns. */
  save(): void {
    this.#stageCheckpoint();
    this.#deps.journal.commit();
  }

  #beginTerm(): void {
    const published = this.#handover.predecessorCheckpoint();
    const { watch, leadership, predecessor } = this.#deps;
    const reportsDeletions = leadership.isShared && this.#journalled && watch.unordered !== true;
    if (published === undefined || !reportsDeletions) return;
    predecessor.begin(published, {
      since: this.#since,
      isOvertaken: this.#handover.isOvertaken(published),
    });
  }

  #forgetPosition(isRollback: boolean): void {
    const { journal, watch } = this.#deps;
    if (!this.#start.isFirst()) {
      journal.stageCheckpoint(watch.key, { resourceVersion: "", selection: watch.selection });
    }
    // Changes from before that are accepted from now on are no progress in what follows.
    this.#tracker.forget();
    this.#handover.replace(isRollback);
    journal.commit();
  }

  #advance(resourceVersion: string, initialRules: readonly string[]): void {
    this.#reached = resourceVersion;
    this.#tracker.advance({ resourceVersion, initialRules, namespaces: this.#namespaces });
  }

  #stageCheckpoint(): void {
    const { journal, watch, predecessor, checkpointMoved } = this.#deps;
    const position = this.#tracker.take();
    if (position === undefined) return;
    const { resourceVersion, initialRules, namespaces } = position;
    this.#accepted = resourceVersion;
    journal.stageCheckpoint(watch.key, { resourceVersion, selection: watch.selection });
    if (initialRules.length > 0) journal.stageInitialRules(watch.key, initialRules);
    if (namespaces !== undefined) this.#handover.namespacesAccepted(namespaces);
    this.#handover.replaced();
    predecessor.accepted(resourceVersion);
    checkpointMoved(watch.key);
  }
}
