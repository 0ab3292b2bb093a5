import { isUpTo } from "../../core/changes/resource-version.ts";
import type { Journal } from "../../adapters/journal/journal.ts";
import type { Change } from "../detect/change.ts";
import type { TrackedWatch } from "../plan/tracked-watch.ts";
import { toDigest, type LeaseCheckpoint } from "./annotations.ts";
import type { Leadership } from "./leadership.ts";
import { mergeAdds, type Predecessor } from "./predecessor.ts";
import type { UncheckpointedAdds } from "./uncheckpointed-adds.ts";

export type WatchHandoverDeps = {
  readonly journal: Pick<Journal, "epoch" | "checkpoint" | "initialRules" | "note" | "stageNote">;
  readonly leadership: Pick<Leadership, "term" | "checkpoint" | "predecessorCheckpoint">;
  readonly watch: TrackedWatch;
  readonly predecessor: Pick<Predecessor, "pending">;
  readonly uncheckpointedAdds: UncheckpointedAdds;
};

/** The last place of a change that this relay delivered. */
type Delivered = { readonly history: number; readonly resourceVersion: string };

function parseDelivered(note: string | undefined): Delivered | undefined {
  const [history, resourceVersion] = note?.split(" ") ?? [];
  return resourceVersion === undefined ? undefined : { history: Number(history), resourceVersion };
}

/** Stored values: whether the history that replaces a watch's rows has a number yet. */
const UNNAMED = "unnamed";
const NAMED = "named";

/**
 * One watch as leader and standbys of a Lease see it. Checkpoints can be compared within one *history* only. Its number is the epoch in
 * which the leader found an etcd rollback and read everything again. A standby that finds the same rollback trusts no checkpoint
 * until the leader publishes a newer history.
 */
export class WatchHandover {
  readonly #deps: WatchHandoverDeps;
  readonly #selection: string;
  #delivered: Delivered | undefined;

  constructor(deps: WatchHandoverDeps) {
    this.#deps = deps;
    this.#selection = toDigest(deps.watch.selection);
    this.#delivered = parseDelivered(deps.journal.note(this.#name("delivered")));
  }

  isLeader(): boolean {
    return this.#deps.leadership.term() !== undefined;
  }

  /** The leader's checkpoint of this very selection. */
  checkpoint(): LeaseCheckpoint | undefined {
    return this.#ofSelection(this.#deps.leadership.checkpoint(this.#deps.watch.key));
  }

  /** The same, but only as long as another relay wrote it. */
  predecessorCheckpoint(): LeaseCheckpoint | undefined {
    return this.#ofSelection(this.#deps.leadership.predecessorCheckpoint(this.#deps.watch.key));
  }

  /** Whether the leader, or the previous leader at a takeover, has started a newer history than this relay has. */
  isBehind(): boolean {
    return (this.checkpoint()?.history ?? 0) > this.#history();
  }

  /** The rows belong to a history that is over, until a whole snapshot has replaced them. Survives a crash. */
  isReplacing(): boolean {
    return this.#replacing() !== undefined;
  }

  /** The Lease shows an etcd rollback: the rows are no longer trusted. Staged. */
  doubt(): void {
    this.#deps.journal.stageNote(this.#name("replacing"), UNNAMED);
  }

  /** A snapshot that replaces the rows begins. `isRollback`: the stream has just shown an etcd rollback. Staged. */
  replace(isRollback: boolean): void {
    const isUnnamed = isRollback || this.#replacing() === UNNAMED;
    if (this.isLeader() && (isUnnamed || this.isBehind())) this.#enter(this.#deps.journal.epoch());
    else if (this.isBehind()) this.#enter(this.checkpoint()?.history ?? 0);
    else if (isRollback) this.doubt();
    else if (!this.isReplacing()) this.#enter(this.#history());
  }

  /** The queue has accepted the whole snapshot. Staged. */
  replaced(): void {
    if (this.isReplacing()) this.#deps.journal.stageNote(this.#name("replacing"), undefined);
  }

  /** Follows the leader to its history; false if the watch must restart instead. Staged. */
  keepUp(): boolean {
    if (!this.isBehind()) return true;
    if (this.#replacing() !== UNNAMED) return false;
    this.#enter(this.checkpoint()?.history ?? 0);
    return true;
  }

  /** Whether the leader's checkpoint shows that the queue has this change. */
  covers(change: Pick<Change, "resourceVersion" | "namespaceState">): boolean {
    const checkpoint = this.checkpoint();
    if (checkpoint === undefined || checkpoint.history !== this.#history()) return false;
    if (this.#replacing() === UNNAMED) return false;
    if (!isUpTo(change.resourceVersion, checkpoint.resourceVersion)) return false;
    const { namespaceState } = change;
    if (namespaceState === undefined) return true;
    return isUpTo(namespaceState.resourceVersion, checkpoint.namespaces);
  }

  /** The queue has accepted a change that this relay sent. Staged. */
  delivered(resourceVersion: string): void {
    const history = this.#history();
    const last = this.#delivered;
    if (last?.history === history && isUpTo(resourceVersion, last.resourceVersion)) return;
    this.#delivered = { history, resourceVersion };
    this.#deps.journal.stageNote(this.#name("delivered"), `${history} ${resourceVersion}`);
  }

  /**
   * Whether this relay has delivered changes beyond a checkpoint that another relay has published since. That relay began further back,
   * so it may have sent older states after ours: what the journal says beyond that checkpoint is not what the queue has last.
   */
  isOvertaken({ history, resourceVersion }: LeaseCheckpoint): boolean {
    const last = this.#delivered;
    // Without a place the whole watch is read again anyway.
    if (last === undefined || last.history !== history || resourceVersion === "") return false;
    return !isUpTo(last.resourceVersion, resourceVersion);
  }

  /** Whether this rule has received the initial objects, according to the leader. */
  hasInitial(ruleKey: string): boolean {
    return this.checkpoint()?.initial.includes(toDigest(ruleKey)) ?? false;
  }

  /** What this relay publishes for the watch while it leads; undefined if the queue has never accepted a whole snapshot. */
  toCheckpoint(): LeaseCheckpoint | undefined {
    const { journal, watch } = this.#deps;
    const checkpoint = journal.checkpoint(watch.key);
    if (checkpoint === undefined) {
      // The journal was lost. A successor must know that this is not a first start.
      const published = this.#deps.leadership.checkpoint(watch.key);
      return published && { ...published, sent: mergeAdds(published.sent, this.#adds(published)) };
    }
    // A place in a history that is over would cover changes of the next one.
    const isOver = this.#replacing() === UNNAMED;
    const own = {
      resourceVersion: isOver ? "" : checkpoint.resourceVersion,
      selection: toDigest(checkpoint.selection),
      initial: journal.initialRules(watch.key).map(toDigest),
      history: this.#history(),
      namespaces: journal.note(this.#name("namespaces")) ?? "",
    };
    const before = this.#deps.predecessor.pending();
    if (before === undefined) return { ...own, sent: this.#adds(own) };
    // Deletions of the previous leader's objects stay pending for every successor until they are reported.
    const place = !isOver && before.history === own.history ? before : own;
    const { resourceVersion } = place;
    return { ...own, resourceVersion, sent: mergeAdds(before.sent, this.#adds(place)) };
  }

  #adds({ resourceVersion }: { readonly resourceVersion: string }): LeaseCheckpoint["sent"] {
    return this.#deps.uncheckpointedAdds.above(this.#deps.watch.key, resourceVersion);
  }

  /** The queue has accepted what came of the namespaces up to here. Staged. */
  namespacesAccepted(resourceVersion: string): void {
    this.#deps.journal.stageNote(this.#name("namespaces"), resourceVersion);
  }

  #ofSelection(checkpoint: LeaseCheckpoint | undefined): LeaseCheckpoint | undefined {
    return checkpoint?.selection === this.#selection ? checkpoint : undefined;
  }

  #history(): number {
    return Number(this.#deps.journal.note(this.#name("history")) ?? 0);
  }

  #replacing(): string | undefined {
    return this.#deps.journal.note(this.#name("replacing"));
  }

  #enter(history: number): void {
    const { journal } = this.#deps;
    journal.stageNote(this.#name("history"), String(history));
    journal.stageNote(this.#name("replacing"), NAMED);
  }

  #name(what: string): string {
    return `${what} ${this.#deps.watch.key}`;
  }
}
