import type { KnownState } from "../../core/changes/derive-change.ts";
import type { ReadObject } from "../../core/changes/read-object.ts";
import { compareResourceVersions } from "../../core/changes/resource-version.ts";
import type { Journal } from "../../adapters/journal/journal.ts";
import type { FieldDigests } from "../../core/changes/compare-fields.ts";
import { isTerminal, type Change, type ChangeName } from "./change.ts";

/** A change on its way to the queue. The object itself is no longer kept. */
export type PendingChange = Omit<Change, "object">;

/** The changes on their way to the queue. */
export type PendingChanges = {
  /** All changes of objects of that name, in order. */
  readonly listByName: (name: ChangeName) => readonly PendingChange[];
  /** The newest change of each object of a watch. */
  readonly list: (watch: string) => Iterable<PendingChange>;
};

/** An object that the queue knows, may know, or is about to receive. */
export type KnownObject = KnownState & {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly seenVersion?: string | undefined;
  /** Of the fields that rules compare. */
  readonly digests?: FieldDigests | undefined;
  /** A later state that this relay has sent, and of which it does not know whether the queue has accepted it. */
  readonly sentVersion?: string | undefined;
  /** Not a row of the journal, but on its way to the queue. */
  readonly isPending?: boolean | undefined;
};

type Named = { readonly namespace: string; readonly name: string; readonly uid: string };

export type OfName = {
  readonly known: KnownObject | undefined;
  readonly others: readonly KnownObject[];
};

/** What one watch has reported of its objects. A change on its way to the queue is newer than the journal's row. */
export class KnownObjects {
  readonly #journal: Journal;
  readonly #pending: PendingChanges;
  readonly #watch: string;
  readonly #unordered: boolean;

  constructor(
    journal: Journal,
    pending: PendingChanges,
    watch: { readonly key: string; readonly unordered?: boolean | undefined },
  ) {
    this.#journal = journal;
    this.#pending = pending;
    this.#watch = watch.key;
    this.#unordered = watch.unordered === true;
  }

  /** What is known of the objects that have or had this one's name. At most one of them is alive. */
  ofName(object: Named): OfName {
    const { namespace, name, uid } = object;
    const watch = this.#watch;
    const rows = this.#journal.listByName(watch, namespace, name);
    const pending = this.#pending.listByName({ watch, namespace, name });
    const own = pending.findLast((entry) => entry.uid === uid);
    const isOther = (other: KnownObject): boolean => other.uid !== uid;
    return {
      known: own === undefined ? rows.find((row) => row.uid === uid) : toKnown(own),
      others: [...pending.map(toKnown), ...rows].filter(isOther),
    };
  }

  /** Other objects of that name whose deletion was not reported. They must be gone, because the name has another owner. */
  *displacedBy(owner: Named, { others }: OfName): Generator<KnownObject, void> {
    for (const uid of new Set(others.map((other) => other.uid))) {
      const { known } = this.ofName({ ...owner, uid });
      if (known !== undefined && known.standing !== "tombstone") yield known;
    }
  }

  /** Whether another object of that name is known at a later place of the stream: then this one is gone, and comes from a replay. */
  isSuperseded(replayed: ReadObject, { others }: OfName): boolean {
    if (this.#unordered) return false;
    return others.some(
      // A confirmed deletion has a later resourceVersion than the event that freed the name.
      ({ resourceVersion, seenVersion = resourceVersion }) =>
        compareResourceVersions(seenVersion, replayed.resourceVersion) === "newer",
    );
  }

  /** Living objects that are not in `seen`, one at a time: more may be on their way, or deleted, by the time the next one is requested. */
  *missing(seen: ReadonlySet<string>): Generator<KnownObject, void> {
    // The caller may not have handled the first ones yet; none is yielded twice.
    const yielded = new Set<string>();
    for (const entry of Array.from(this.#pending.list(this.#watch))) {
      if (isTerminal(entry.change) || seen.has(entry.uid)) continue;
      yielded.add(entry.uid);
      yield toKnown(entry);
    }
    const isKnown = (uid: string): boolean => seen.has(uid) || yielded.has(uid);
    // The oldest object of a name first: the last message about a name must be about its last owner.
    for (const row of this.#journal.missing(this.#watch, isKnown).toSorted(byNameAndAge)) {
      if (this.ofName(row).known?.standing !== "tombstone") yield row;
    }
  }
}

function byNameAndAge(a: KnownObject, b: KnownObject): number {
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  const order = compareResourceVersions(a.resourceVersion, b.resourceVersion);
  return order === "newer" ? 1 : order === "older" ? -1 : 0;
}

function toKnown(pending: PendingChange): KnownObject {
  const { uid, namespace, name, resourceVersion, seenVersion, generation, change } = pending;
  const standing = isTerminal(change) ? "tombstone" : "delivered";
  const digests = pending.comparison?.digests;
  const state = { resourceVersion, seenVersion, generation, standing, digests } as const;
  return { uid, namespace, name, ...state, isPending: true };
}
