import type { KnownState } from "../../core/changes/derive-change.ts";
import type { ReadObject } from "../../core/changes/read-object.ts";
import { compareResourceVersions } from "../../core/changes/resource-version.ts";
import type { Journal } from "../../adapters/journal/journal.ts";
import type { ChangeBuffer } from "../delivery/buffer.ts";
import { isTerminal, type Entry } from "./change.ts";

/** An object that the queue has, may have, or is about to get. */
export type KnownObject = KnownState & {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly seenVersion?: string | undefined;
};

type Named = { readonly namespace: string; readonly name: string; readonly uid: string };

export type OfName = {
  readonly known: KnownObject | undefined;
  readonly others: readonly KnownObject[];
};

/** What one watch has told of its objects: what is on its way is newer than what the journal says was delivered. */
export class KnownObjects {
  readonly #journal: Journal;
  readonly #buffer: ChangeBuffer;
  readonly #watch: string;
  readonly #unordered: boolean;

  constructor(
    journal: Journal,
    buffer: ChangeBuffer,
    watch: { readonly key: string; readonly unordered?: boolean | undefined },
  ) {
    this.#journal = journal;
    this.#buffer = buffer;
    this.#watch = watch.key;
    this.#unordered = watch.unordered === true;
  }

  /** What is known of objects of this one's name. At most one of them is alive. */
  ofName(object: Named): OfName {
    const { namespace, name, uid } = object;
    const watch = this.#watch;
    const rows = this.#journal.listByName(watch, namespace, name);
    const pending = this.#buffer.listByName({ watch, namespace, name });
    const own = pending.findLast((entry) => entry.uid === uid);
    const isOther = (other: KnownObject): boolean => other.uid !== uid;
    return {
      known: own === undefined ? rows.find((row) => row.uid === uid) : toKnown(own),
      others: [...pending.map(toKnown), ...rows].filter(isOther),
    };
  }

  /** Other objects of that name, whose deletion was not told: they must be gone, as the name has another owner. */
  *displacedBy(owner: Named, { others }: OfName): Generator<KnownObject, void> {
    for (const uid of new Set(others.map((other) => other.uid))) {
      const { known } = this.ofName({ ...owner, uid });
      if (known !== undefined && known.standing !== "tombstone") yield known;
    }
  }

  /** Another object of that name is known at a later place of the stream: this one is gone, and comes from a replay. */
  isSuperseded(replayed: ReadObject, { others }: OfName): boolean {
    if (this.#unordered) return false;
    return others.some(
      // A deletion that was confirmed stands at a later place than the one where the name was free.
      ({ resourceVersion, seenVersion = resourceVersion }) =>
        compareResourceVersions(seenVersion, replayed.resourceVersion) === "newer",
    );
  }

  /** Living objects that are not in `seen`, one by one: more may be on their way, or be gone, when the next is asked for. */
  *missing(seen: ReadonlySet<string>): Generator<KnownObject, void> {
    // Who asks may not have dealt with the first ones yet: none is told twice.
    const told = new Set<string>();
    for (const entry of Array.from(this.#buffer.list(this.#watch))) {
      if (isTerminal(entry.change) || seen.has(entry.uid)) continue;
      told.add(entry.uid);
      yield toKnown(entry);
    }
    const isTold = (uid: string): boolean => seen.has(uid) || told.has(uid);
    // Of one name the oldest first: the last word about a name is about the last that had it.
    for (const row of this.#journal.missing(this.#watch, isTold).toSorted(byNameAndAge)) {
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

function toKnown(entry: Entry): KnownObject {
  const { uid, namespace, name, resourceVersion, seenVersion, generation, change } = entry;
  const standing = isTerminal(change) ? "tombstone" : "delivered";
  return { uid, namespace, name, resourceVersion, seenVersion, generation, standing };
}
