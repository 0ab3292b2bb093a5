import { isUpTo } from "../../core/changes/resource-version.ts";
import type { Journal } from "../../adapters/journal/journal.ts";
import type { Entry } from "../detect/change.ts";
import type { TrackedWatch } from "../plan/tracked-watch.ts";
import type { Leadership } from "./leadership.ts";
import { mergeSends, type Predecessor } from "./predecessor.ts";
import type { UncheckpointedAdds } from "./uncheckpointed-adds.ts";
import { toDigest, type LeaseCheckpoint } from "./annotations.ts";

export type WatchHandoverDeps = {
  readonly journal: Pick<Journal, "epoch" | "checkpoint" | "initialRules" | "note" | "stageNote">;
  readonly leadership: Pick<Leadership, "term" | "checkpoint" | "former">;
  readonly watch: TrackedWatch;
  readonly former: Pick<Predecessor, "owed">;
  readonly uncheckpointedAdds: UncheckpointedAdds;
};

/** Whether the history that a watch's rows are being replaced by has a name yet. */
const UNNAMED = "unnamed";
const NAMED = "named";

/**
 * One watch, as the relays of a Lease tell each other of it. Checkpoints compare within one *history*: that is named by the
 * epoch in which the active relay found that the cluster's history had gone back, and began anew. A relay that stands by and
 * finds the same trusts no checkpoint until the active one names a newer history.
 */
export class WatchHandover {
  readonly #deps: WatchHandoverDeps;
  readonly #selection: string;

  constructor(deps: WatchHandoverDeps) {
    this.#deps = deps;
    this.#selection = toDigest(deps.watch.selection);
  }

  isActive(): boolean {
    return this.#deps.leadership.term() !== undefined;
  }

  /** What the active relay says of this very selection. */
  checkpoint(): LeaseCheckpoint | undefined {
    return this.#ofSelection(this.#deps.leadership.checkpoint(this.#deps.watch.key));
  }

  /** The same, of another relay. */
  former(): LeaseCheckpoint | undefined {
    return this.#ofSelection(this.#deps.leadership.former(this.#deps.watch.key));
  }

  /** The active relay has begun anew, or had, where this one takes over; this one has not. */
  isBehind(): boolean {
    return (this.checkpoint()?.history ?? 0) > this.#history();
  }

  /** The rows are of a history that is no more, until a whole snapshot has replaced them; survives a crash. */
  isReplacing(): boolean {
    return this.#replacing() !== undefined;
  }

  /** The Lease says that the history went back: no row is believed any more. Staged. */
  doubt(): void {
    this.#deps.journal.stageNote(this.#name("replacing"), UNNAMED);
  }

  /** A snapshot that replaces the rows begins. `isNews`: the stream has shown just now that the history went back. Staged. */
  replace(isNews: boolean): void {
    const isUnnamed = isNews || this.#replacing() === UNNAMED;
    if (this.isActive() && (isUnnamed || this.isBehind())) this.#enter(this.#deps.journal.epoch());
    else if (this.isBehind()) this.#enter(this.checkpoint()?.history ?? 0);
    else if (isNews) this.doubt();
    else if (!this.isReplacing()) this.#enter(this.#history());
  }

  /** All of the snapshot is accepted. Staged. */
  replaced(): void {
    if (this.isReplacing()) this.#deps.journal.stageNote(this.#name("replacing"), undefined);
  }

  /** Looks at what the active relay says now; false where the watch must begin anew. Staged. */
  keepUp(): boolean {
    if (!this.isBehind()) return true;
    if (this.#replacing() !== UNNAMED) return false;
    this.#enter(this.checkpoint()?.history ?? 0);
    return true;
  }

  /** Whether the active relay says that the queue has this. */
  covers(entry: Entry): boolean {
    const checkpoint = this.checkpoint();
    if (checkpoint === undefined || checkpoint.history !== this.#history()) return false;
    if (this.#replacing() === UNNAMED) return false;
    if (!isUpTo(entry.resourceVersion, checkpoint.resourceVersion)) return false;
    const { namespaceState } = entry;
    if (namespaceState === undefined) return true;
    return isUpTo(namespaceState.resourceVersion, checkpoint.namespaces);
  }

  /** The rules that have had the objects of the start, as the active relay says. */
  hasInitial(ruleKey: string): boolean {
    return this.checkpoint()?.initial.includes(toDigest(ruleKey)) ?? false;
  }

  /** What this relay says of the watch while it is active; undefined where nobody has had a whole snapshot accepted. */
  toCheckpoint(): LeaseCheckpoint | undefined {
    const { journal, watch } = this.#deps;
    const checkpoint = journal.checkpoint(watch.key);
    if (checkpoint === undefined) {
      // Of a journal that was lost: whoever comes next must know that this is no first start.
      const told = this.#deps.leadership.checkpoint(watch.key);
      return told && { ...told, sent: mergeSends(told.sent, this.#uncheckpointedAdds(told)) };
    }
    // A place in a history that is no more would cover what comes in the next.
    const isOver = this.#replacing() === UNNAMED;
    const own = {
      resourceVersion: isOver ? "" : checkpoint.resourceVersion,
      selection: toDigest(checkpoint.selection),
      initial: journal.initialRules(watch.key).map(toDigest),
      history: this.#history(),
      namespaces: journal.note(this.#name("namespaces")) ?? "",
    };
    const former = this.#deps.former.owed();
    if (former === undefined) return { ...own, sent: this.#uncheckpointedAdds(own) };
    // What the relay before owes is owed by whoever comes next, until it is told.
    const place = !isOver && former.history === own.history ? former : own;
    const { resourceVersion } = place;
    return { ...own, resourceVersion, sent: mergeSends(former.sent, this.#uncheckpointedAdds(place)) };
  }

  #uncheckpointedAdds({ resourceVersion }: { readonly resourceVersion: string }): LeaseCheckpoint["sent"] {
    return this.#deps.uncheckpointedAdds.above(this.#deps.watch.key, resourceVersion);
  }

  /** Namespaces are dealt with up to here, and what came of them is accepted; staged. */
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
