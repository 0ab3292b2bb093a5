import type { Journal } from "../../adapters/journal/journal.ts";
import {
  BATCH_MAX_BYTES,
  BATCH_MAX_ENTRIES,
  type SqsEntryOutcome,
} from "../../adapters/sqs/send-batch.ts";
import type { KubemendError } from "../../core/errors.ts";
import { SIGNATURE_BYTES } from "../../events/signature.ts";
import type { Change } from "../detect/change.ts";
import type { LeaseCheckpoint } from "../handover/annotations.ts";
import type { FieldDigester } from "../detect/digest-fields.ts";
import type { PendingChanges } from "../detect/known-objects.ts";
import type { Leadership, Publication } from "../handover/leadership.ts";
import type { Predecessor } from "../handover/predecessor.ts";
import type { TrackedWatch } from "../plan/tracked-watch.ts";
import { createNotifier, type Notifier } from "../runtime/notifier.ts";
import { Announcement } from "./announcement.ts";
import type { BufferSize, ChangeBuffer, Ticket } from "./buffer.ts";
import type { Entry } from "./entry.ts";
import { createGroupCommit, type GroupCommit } from "./group-commit.ts";
import { doubtChanged, type EpochRenewal } from "./render-message.ts";
import { truncateEntry } from "./truncate-entry.ts";
import { WatchLedger } from "./watch-ledger.ts";

/** A batch with its signatures is one request. */
const BATCH = {
  entries: BATCH_MAX_ENTRIES,
  bytes: BATCH_MAX_BYTES - BATCH_MAX_ENTRIES * SIGNATURE_BYTES,
};

export type DeliveryReport = {
  /** The queue has accepted them: now, and not before, they count as delivered. */
  readonly accepted: (entries: readonly Entry[]) => void;
  /** They will be sent again after a pause. */
  readonly refused: (entries: readonly Entry[], error: KubemendError) => void;
  /** The queue will never accept this message. `truncated`: it is sent without its object; `given up`: that was refused too. */
  readonly unsendable: (
    entry: Entry,
    error: KubemendError,
    outcome: "truncated" | "given up",
  ) => void;
};

/** A watch whose changes are delivered. */
export type DeliveredWatch = {
  readonly tracked: TrackedWatch;
  readonly predecessor: Predecessor;
  readonly digester?: FieldDigester | undefined;
};

export type DeliveryDeps = {
  readonly watches: readonly DeliveredWatch[];
  readonly journal: Journal;
  readonly buffer: ChangeBuffer;
  readonly leadership: Leadership;
  readonly renewEpoch: EpochRenewal;
  readonly report: DeliveryReport;
  readonly checkpointMoved: (watch: string) => void;
};

export type Batch = readonly Ticket[];

/**
 * Owns every change in transit, from when it is offered until the queue has accepted it: the buffer, the ledger of each watch, the
 * journal's commits, and what the Lease says of them. While this relay is a standby the same buffer holds the changes that the
 * leader has not checkpointed yet.
 */
export class Delivery {
  /** Notified when a batch may be ready to send. */
  readonly ready: Notifier = createNotifier();
  readonly #deps: DeliveryDeps;
  readonly #ledgers: ReadonlyMap<string, WatchLedger>;
  readonly #commits: GroupCommit;
  readonly #announcement: Announcement;
  readonly #room: Notifier = createNotifier();

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
    this.#commits = createGroupCommit(deps.journal);
    this.#announcement = new Announcement(deps.leadership);
    const { uncheckpointedAdds } = this.#announcement;
    this.#ledgers = new Map(
      deps.watches.map(({ tracked: watch, predecessor, digester }) => [
        watch.key,
        new WatchLedger({ ...deps, watch, predecessor, digester, uncheckpointedAdds }),
      ]),
    );
  }

  /** The changes in transit: newer than what the journal knows. */
  pending(): PendingChanges {
    return this.#deps.buffer;
  }

  /** How much is in transit, in messages as they are sent. */
  size(): BufferSize {
    return this.#deps.buffer.size();
  }

  /** Throws a RangeError for a watch that this relay does not have. */
  ledger(watch: string): WatchLedger {
    const ledger = this.#ledgers.get(watch);
    if (ledger === undefined) throw new RangeError(`no ledger for the watch ${watch}`);
    return ledger;
  }

  /** Puts a change into the buffer. Waits while that is full, so that its watch is not read any further; does nothing if stopped. */
  async offer(change: Change, signal: AbortSignal): Promise<void> {
    const { buffer } = this.#deps;
    const ledger = this.ledger(change.watch);
    while (buffer.isFull() && !signal.aborted) await this.#room.wait(signal);
    if (signal.aborted) return;
    const offered = buffer.offer(change);
    if (offered.outcome === "queued") this.#queued(offered.ticket, ledger);
    if (offered.outcome === "annulled") ledger.annulled(offered.ticket);
    this.ready.notify();
  }

  /** How many changes could be sent now. */
  readyCount(): number {
    return this.#deps.buffer.readyCount();
  }

  /**
   * Up to `max` batches, in flight from now on; after the first only full ones, because the others grow while they wait. What must be
   * known of them after a crash is durable when this returns, with one commit for all.
   */
  takeBatches(max: number): readonly Batch[] {
    const { buffer, journal } = this.#deps;
    const batches: Batch[] = [];
    do {
      const batch = buffer.take(BATCH);
      if (batch.length === 0) break;
      for (const ticket of batch) this.ledger(ticket.entry.watch).sending(ticket);
      batches.push(batch);
    } while (batches.length < max && buffer.readyCount() >= BATCH_MAX_ENTRIES);
    journal.commit();
    return batches;
  }

  /** Records what the queue answered to a batch. What it refused remains in flight until `retry`. */
  settle(
    batch: Batch,
    outcomes: readonly SqsEntryOutcome[],
  ): { readonly accepted: number; readonly refused: Batch } {
    const accepted: Ticket[] = [];
    const refused: Ticket[] = [];
    const errors = new Map<KubemendError["code"], { error: KubemendError; entries: Entry[] }>();
    for (const [index, ticket] of batch.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) throw new RangeError("a send has one outcome for each entry");
      if (outcome.outcome === "accepted") accepted.push(ticket);
      else if (outcome.error.code === "MessageRefused") {
        // One that is given up counts as accepted: it must not hold back the checkpoint for ever.
        if (!this.#truncate(ticket, outcome.error)) accepted.push(this.#giveUp(ticket));
      } else {
        const { error } = outcome;
        const same = errors.get(error.code) ?? { error, entries: [] };
        errors.set(error.code, same);
        same.entries.push(ticket.entry);
        refused.push(ticket);
      }
    }
    for (const ticket of accepted) this.#accept(ticket, "own");
    if (accepted.length > 0) {
      this.#commits.request();
      this.#deps.report.accepted(accepted.map(({ entry }) => entry));
    }
    for (const { error, entries } of errors.values()) this.#deps.report.refused(entries, error);
    this.#room.notify();
    return { accepted: accepted.length, refused };
  }

  /** Puts refused changes back into the buffer, to be sent again. */
  retry(refused: Batch): void {
    for (const ticket of refused) this.#deps.buffer.giveBack(ticket);
    this.ready.notify();
  }

  /**
   * Follows the leader's checkpoints until this relay leads, or the signal is aborted. `promote`: the changes in the buffer are what
   * it must publish next; `restart`: what it has read is of no use, and everything must begin from the journal again.
   */
  async standBy(signal: AbortSignal): Promise<"promote" | "restart"> {
    const { leadership } = this.#deps;
    const ledgers = [...this.#ledgers.values()];
    while (!signal.aborted) {
      // Before looking: what changes meanwhile is looked at again.
      const changed = leadership.changed.wait(signal);
      if (leadership.term() !== undefined) {
        const ready = ledgers.filter((ledger) => ledger.takeOver());
        const rollback = this.beginTerm();
        return ready.length === ledgers.length && !rollback ? "promote" : "restart";
      }
      if (!ledgers.every((ledger) => ledger.keepsUp())) return "restart";
      this.#acceptCovered();
      await changed;
    }
    return "promote";
  }

  /** A term of this relay begins. Returns whether the Lease shows an etcd rollback. Durable when it returns. */
  beginTerm(): boolean {
    const rollback = this.#deps.leadership.takeRollback();
    for (const ledger of this.#ledgers.values()) ledger.prepareToLead(rollback);
    this.#deps.journal.commit();
    return rollback;
  }

  /** This relay publishes from now on, in this epoch: changes that it has read as a standby get it too. */
  lead(epoch: number): void {
    const { buffer, renewEpoch } = this.#deps;
    buffer.renderAgain((rendered) => renewEpoch(rendered, epoch));
  }

  /** Waits until the Lease contains what a successor must know of the changes in flight. */
  announce(signal: AbortSignal): Promise<void> {
    return this.#announcement.wait(signal);
  }

  /** The progress of each watch, as it is written into the Lease. */
  checkpoints(): Publication {
    const checkpoints = new Map<string, LeaseCheckpoint>();
    for (const [key, ledger] of this.#ledgers) {
      const checkpoint = ledger.toLeaseCheckpoint();
      if (checkpoint !== undefined) checkpoints.set(key, checkpoint);
    }
    return this.#announcement.publication(checkpoints);
  }

  /** Makes accepted changes durable until it is stopped. Throws what the journal throws. */
  commitAccepted(signal: AbortSignal): Promise<void> {
    return this.#commits.run(signal);
  }

  /** Writes the progress of all watches to the journal. */
  save(): void {
    for (const ledger of this.#ledgers.values()) ledger.save();
  }

  #queued(ticket: Ticket, ledger: WatchLedger): void {
    const { leadership } = this.#deps;
    ledger.opened(ticket);
    // Added and deleted before it was sent need not be reported, unless another relay may have sent it.
    ticket.attempted ||= leadership.isShared;
    if (leadership.term() !== undefined) return;
    // The leader may be sending it at this moment.
    if (ledger.isCovered(ticket.entry)) this.#accept(ticket, "leader");
    else ledger.sending(ticket);
  }

  /** The leader's checkpoint has moved: what it covers need not be sent by this relay. */
  #acceptCovered(): void {
    for (const ticket of this.#deps.buffer.tickets()) {
      if (!this.ledger(ticket.entry.watch).isCovered(ticket.entry)) continue;
      this.#accept(ticket, "leader");
    }
    this.#deps.journal.commit();
    this.#room.notify();
  }

  #accept(ticket: Ticket, sender: "own" | "leader"): void {
    this.#deps.buffer.remove(ticket);
    this.ledger(ticket.entry.watch).accepted(ticket, sender);
  }

  /** The queue does not have this state, so its compared fields are not those of the state that was accepted last. */
  #giveUp(ticket: Ticket): Ticket {
    this.#deps.buffer.forgetComparison(ticket, doubtChanged);
    return ticket;
  }

  /** Leaves the object that the queue refuses out of the message; false if it was left out already. */
  #truncate(ticket: Ticket, error: KubemendError): boolean {
    const { buffer, report } = this.#deps;
    const { entry } = ticket;
    const truncated = truncateEntry(entry, error);
    report.unsendable(entry, error, truncated === undefined ? "given up" : "truncated");
    if (truncated === undefined) return false;
    buffer.replaceText(ticket, truncated);
    buffer.giveBack(ticket);
    return true;
  }
}
