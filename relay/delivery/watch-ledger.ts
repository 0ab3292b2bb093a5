import type { ReadObject } from "../../core/changes/read-object.ts";
import type { Journal } from "../../adapters/journal/journal.ts";
import type { ChangeBuffer, Ticket } from "./buffer.ts";
import { isTerminal, type Change, type Entry } from "../detect/change.ts";
import { createCheckpointTracker } from "./checkpoint-tracker.ts";
import { KnownObjects } from "../detect/known-objects.ts";
import type { UncheckpointedAdd, UncheckpointedAdds } from "../handover/uncheckpointed-adds.ts";
import { Predecessor, type Former } from "../handover/predecessor.ts";
import type { Leadership } from "../handover/leadership.ts";
import type { LeaseCheckpoint } from "../handover/annotations.ts";
import { WatchHandover } from "../handover/watch-handover.ts";
import { isJournalled, type InitialRule, type TrackedWatch } from "../plan/tracked-watch.ts";
import { ChangeDetector, type Seen } from "../detect/change-detector.ts";
import type { ReflectorStart } from "../reflector/reflect.ts";
import type { WatchStep } from "../reflector/step.ts";

/** Rows that are journalled without being sent are committed in such lots. */
const SILENT_ROWS_PER_COMMIT = 1_000;

export type LedgerDeps = {
  readonly journal: Journal;
  readonly buffer: ChangeBuffer;
  readonly watch: TrackedWatch;
  readonly leadership: Pick<Leadership, "term" | "checkpoint" | "former" | "isShared">;
  /** Of all watches of this relay. */
  readonly uncheckpointedAdds: UncheckpointedAdds;
  /** The checkpoint has moved. */
  readonly moved: () => void;
};

/**
 * The book of one watch: has what the reflector tells compared with what was delivered or is on its way (`news.ts`), and keeps
 * row and checkpoint of what the queue has accepted. While this relay stands by, what the active one says is accepted counts.
 */
export class WatchLedger {
  readonly #deps: LedgerDeps;
  readonly #lease: WatchHandover;
  readonly #former: Predecessor;
  readonly #news: ChangeDetector;
  readonly #tracker = createCheckpointTracker<Ticket>();
  readonly #journalled: boolean;
  #hasBegun = false;
  #first = false;
  #missingInitial: readonly InitialRule[] = [];
  #accepted: string;
  /** Where the stream is. */
  #reached = "";
  /** From where it has no hole: "" where the journal says what was before; undefined within a snapshot. */
  #since: string | undefined = "";
  #namespaces: string | undefined;
  #silentRows = 0;

  constructor(deps: LedgerDeps) {
    const { journal, watch } = deps;
    this.#deps = deps;
    this.#former = new Predecessor(journal, watch.key);
    this.#lease = new WatchHandover({ ...deps, former: this.#former });
    this.#journalled = isJournalled(watch);
    this.#accepted = journal.checkpoint(watch.key)?.resourceVersion ?? "";
    this.#news = new ChangeDetector({
      watch,
      known: new KnownObjects(journal, deps.buffer, watch),
      begun: {
        isFirst: () => this.#first,
        missingInitial: () => this.#missingInitial,
        accepted: () => this.#accepted,
      },
      journalSilently: (read) => this.#journalSilently(read),
    });
    this.#lookAtBeginning();
  }

  /** False while this relay stands by, and neither its journal nor the active relay tells where the watch begins. */
  mayBegin(): boolean {
    const { journal, watch } = this.#deps;
    if (this.#lease.isActive() || this.#lease.checkpoint() !== undefined) return true;
    return journal.checkpoint(watch.key) !== undefined;
  }

  /** Where the reflector begins. */
  start(): ReflectorStart {
    const { journal, watch } = this.#deps;
    const checkpoint = journal.checkpoint(watch.key);
    const isLost = this.#isLost();
    this.#hasBegun = true;
    this.#lookAtBeginning();
    if (this.#lease.isReplacing() || this.#lease.isBehind() || (isLost && this.#lease.isActive())) {
      return { type: "snapshot", cause: "start", replace: true };
    }
    const resumable =
      checkpoint !== undefined &&
      checkpoint.resourceVersion !== "" &&
      checkpoint.selection === watch.selection;
    if (!resumable) return { type: "snapshot", cause: "start", replace: false };
    // What entered or left while nobody looked is found only by comparing.
    if (watch.byNamespace === true || watch.unordered === true) {
      return { type: "snapshot", cause: "start", replace: false };
    }
    if (this.#missingInitial.length > 0) {
      return { type: "snapshot", cause: "initial", replace: false };
    }
    if (this.#former.isUnseen()) return { type: "snapshot", cause: "start", replace: false };
    return { type: "resume", position: checkpoint.resourceVersion };
  }

  /** What the relay before may have delivered, to be asked for and `adopt`ed before a snapshot that begins now is compared. */
  formerToAsk(): Former | undefined {
    return this.#former.toAsk();
  }

  /** All that was found is adopted. */
  formerAsked(): void {
    this.#former.asked();
    this.#deps.journal.commit();
  }

  /** The queue may have this object, and if this relay has never heard of it, it owes the deletion. Staged. */
  adopt({ namespace, name, uid, resourceVersion }: UncheckpointedAdd): void {
    const { journal } = this.#deps;
    if (journal.listByName(this.#key, namespace, name).some((row) => row.uid === uid)) return;
    const row = { namespace, name, uid, resourceVersion, generation: null };
    journal.stageRow(this.#key, { ...row, standing: "attempted" });
  }

  /** What is news in a step, in the order in which it must be sent. */
  *changes(step: WatchStep): Generator<Change, void> {
    if (step.type === "snapshotStarted") {
      this.#since = undefined;
      if (step.replace) this.#forgetPosition(step.cause === "rollback");
    }
    yield* this.#news.of(step);
  }

  /** Whether the snapshot that ends now has older states than were delivered: etcd was put back. */
  foundRollback(): boolean {
    return this.#news.foundRollback();
  }

  /** Between the begin of a snapshot and its end. */
  isComparing(): boolean {
    return this.#news.isComparing();
  }

  /** What is news in an object of a namespace that is selected from now on. */
  entered(seen: Seen): Generator<Change, void> {
    return this.#news.entered(seen);
  }

  /** The objects of a namespace that is no longer selected, as deletions that must be confirmed. */
  leaving(namespace: string, readAtMs: number): Generator<Change, void> {
    return this.#news.leaving(namespace, readAtMs);
  }

  /** The changes of a step are in the buffer: the stream is past them. */
  passed(step: WatchStep): void {
    if (step.type === "changed") this.#advance(step.read.resourceVersion, []);
    if (step.type === "bookmark") this.#advance(step.resourceVersion, []);
    if (step.type === "snapshotEnded") {
      this.#advance(
        step.resourceVersion,
        this.#missingInitial.map(({ key }) => key),
      );
      this.#first = false;
      this.#missingInitial = [];
      this.#since = step.resourceVersion;
      this.#former.snapshotEnded(step.resourceVersion);
      this.#news.compared();
    }
    if (step.type === "bookmark" || step.type === "snapshotEnded") this.save();
  }

  /** What came of the namespaces is in the buffer, up to here. */
  namespacesPassed(resourceVersion: string): void {
    this.#namespaces = resourceVersion;
    if (!this.isComparing()) this.#advance(this.#reached, []);
  }

  opened(ticket: Ticket): void {
    this.#tracker.open(ticket);
  }

  annulled(ticket: Ticket): void {
    this.#tracker.close(ticket);
  }

  /**
   * It is about to be sent, by this relay or another. Of an object that the queue has never had, this is written down first:
   * who is killed before the answer comes may have delivered it, and owes its deletion. Durable with the next commit.
   */
  sending(ticket: Ticket): void {
    const { entry } = ticket;
    if (!this.#journalled || entry.delivered || isTerminal(entry.change)) return;
    this.#deps.journal.stageRow(entry.watch, { ...entry, standing: "attempted" });
    const { leadership, uncheckpointedAdds } = this.#deps;
    if (leadership.isShared && this.#lease.isActive()) uncheckpointedAdds.register(entry.watch, entry);
  }

  /** The queue has it. Durable with the next commit. */
  accepted(ticket: Ticket): void {
    const { entry } = ticket;
    if (this.#journalled) {
      const standing = isTerminal(entry.change) ? "tombstone" : "delivered";
      this.#deps.journal.stageRow(entry.watch, { ...entry, standing });
    }
    this.#tracker.close(ticket);
    this.#stageCheckpoint();
  }

  /** The active relay says that the queue has it. */
  isCovered(entry: Entry): boolean {
    return this.#lease.covers(entry);
  }

  /** False where what this relay has read while it stood by is of a history that is no more: it must begin anew. */
  keepsUp(): boolean {
    return !this.#hasBegun || this.#lease.keepUp();
  }

  /** This relay takes over. Whether what was read while standing by is all that the active relay must send. Staged. */
  takeOver(): boolean {
    this.#beginTerm();
    if (!this.#hasBegun) return true;
    if (this.#former.isUnseen()) return false;
    const checkpoint = this.#deps.journal.checkpoint(this.#deps.watch.key);
    if (checkpoint === undefined || checkpoint.resourceVersion === "") return false;
    if (this.#lease.isReplacing() || this.#lease.isBehind()) return false;
    return this.#readMissingInitial().length === 0;
  }

  /**
   * Takes from the Lease what the active relay before has told, as this one writes there next. `rollback`: the Lease
   * itself says so. Durable with the next commit.
   */
  prepareToLead(rollback: boolean): void {
    const { journal, watch } = this.#deps;
    this.#beginTerm();
    this.#readMissingInitial();
    const isDoubtful = rollback || this.#lease.isBehind();
    if (isDoubtful && journal.checkpoint(watch.key) !== undefined) this.#lease.doubt();
  }

  /** What the Lease may say of the watch. */
  toLeaseCheckpoint(): LeaseCheckpoint | undefined {
    return this.#lease.toCheckpoint();
  }

  /** Writes down how far the watch has come. */
  save(): void {
    this.#stageCheckpoint();
    this.#deps.journal.commit();
  }

  #beginTerm(): void {
    const told = this.#lease.former();
    const { watch, leadership } = this.#deps;
    const isOwing = leadership.isShared && this.#journalled && watch.unordered !== true;
    if (told !== undefined && isOwing) this.#former.begin(told, this.#since);
  }

  /** This journal knows nothing of the watch, and that another relay has told of it. */
  #isLost(): boolean {
    const { journal, watch } = this.#deps;
    return journal.checkpoint(watch.key) === undefined && this.#lease.checkpoint() !== undefined;
  }

  #lookAtBeginning(): void {
    const { journal, watch } = this.#deps;
    this.#first = journal.checkpoint(watch.key) === undefined && !this.#isLost();
    // Who stands by tells nobody; what is missing then is sent by a life as the active relay.
    this.#missingInitial = this.#lease.isActive() ? this.#readMissingInitial() : [];
  }

  #readMissingInitial(): readonly InitialRule[] {
    const { journal, watch } = this.#deps;
    const done = new Set(journal.initialRules(watch.key));
    const missing = watch.initial.filter(({ key }) => !done.has(key));
    const told = missing.filter(({ key }) => this.#lease.hasInitial(key));
    if (told.length > 0) {
      journal.stageInitialRules(
        watch.key,
        told.map(({ key }) => key),
      );
    }
    return missing.filter((rule) => !told.includes(rule));
  }

  #journalSilently(read: ReadObject): void {
    const { journal } = this.#deps;
    if (this.#journalled) journal.stageRow(this.#key, { ...read, standing: "delivered" });
    this.#silentRows += 1;
    if (this.#silentRows % SILENT_ROWS_PER_COMMIT === 0) journal.commit();
  }

  #forgetPosition(isNews: boolean): void {
    const { journal, watch } = this.#deps;
    if (!this.#first) {
      journal.stageCheckpoint(watch.key, { resourceVersion: "", selection: watch.selection });
    }
    // What is accepted from now on of before is no progress in what comes.
    this.#tracker.forget();
    this.#lease.replace(isNews);
    journal.commit();
  }

  #advance(resourceVersion: string, initialRules: readonly string[]): void {
    this.#reached = resourceVersion;
    this.#tracker.advance({ resourceVersion, initialRules, namespaces: this.#namespaces });
  }

  #stageCheckpoint(): void {
    const { journal, watch, moved } = this.#deps;
    const position = this.#tracker.take();
    if (position === undefined) return;
    const { resourceVersion, initialRules, namespaces } = position;
    this.#accepted = resourceVersion;
    journal.stageCheckpoint(watch.key, { resourceVersion, selection: watch.selection });
    if (initialRules.length > 0) journal.stageInitialRules(watch.key, initialRules);
    if (namespaces !== undefined) this.#lease.namespacesAccepted(namespaces);
    this.#lease.replaced();
    this.#former.accepted(resourceVersion);
    moved();
  }

  get #key(): string {
    return this.#deps.watch.key;
  }
}
