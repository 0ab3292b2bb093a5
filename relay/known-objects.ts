import type { KnownState } from "../core/changes/derive-change.ts";
import type { ReadObject } from "../core/changes/read-object.ts";
import { compareResourceVersions } from "../core/changes/resource-version.ts";
import type { Journal } from "../adapters/journal/journal.ts";
import type { ChangeBuffer } from "./buffer.ts";
import { isFarewell, type Entry } from "./change.ts";

/** An object that the queue has, may have, or is about to get. */
export type KnownObject = KnownState & {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly seenVersion?: string | undefined;
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

  find(uid: string): KnownObject | undefined {
    const pending = this.#buffer.find(this.#watch, uid);
    return pending === undefined ? this.#journal.find(this.#watch, uid) : toKnown(pending);
  }

  /** Other objects of that name, whose deletion was not told: they must be gone, as the name has another owner. */
  *displacedBy(owner: ReadObject): Generator<KnownObject, void> {
    for (const uid of new Set(this.#othersOfName(owner).map((other) => other.uid))) {
      const known = this.find(uid);
      if (known !== undefined && known.standing !== "gone") yield known;
    }
  }

  /**
   * Another object of that name is told alive in a later state: this one is gone, and comes from a replay. One that is gone
   * itself tells nothing: a confirmed deletion stands at a resourceVersion of now, and the name may have been taken before.
   */
  isSuperseded(replayed: ReadObject): boolean {
    if (this.#unordered) return false;
    return this.#othersOfName(replayed).some(
      // A deletion that was confirmed stands at a later place than the one where the name was free.
      ({ resourceVersion, seenVersion = resourceVersion }) =>
        compareResourceVersions(seenVersion, replayed.resourceVersion) === "newer",
    );
  }

  #othersOfName({ namespace, name, uid }: ReadObject): readonly KnownObject[] {
    const watch = this.#watch;
    const pending = this.#buffer.listByName({ watch, namespace, name }).map(toKnown);
    const rows = this.#journal.listByName(watch, namespace, name);
    return [...pending, ...rows].filter((other) => other.uid !== uid);
  }

  /** Living objects that are not in `seen`, one by one: more may be on their way, or be gone, when the next is asked for. */
  *missing(seen: ReadonlySet<string>): Generator<KnownObject, void> {
    // Who asks may not have dealt with the first ones yet: none is told twice.
    const told = new Set<string>();
    for (const entry of Array.from(this.#buffer.list(this.#watch))) {
      if (isFarewell(entry.change) || seen.has(entry.uid)) continue;
      told.add(entry.uid);
      yield toKnown(entry);
    }
    const isTold = (uid: string): boolean => seen.has(uid) || told.has(uid);
    for (const row of this.#journal.missing(this.#watch, isTold)) {
      if (this.find(row.uid)?.standing !== "gone") yield row;
    }
  }
}

function toKnown(entry: Entry): KnownObject {
  const { uid, namespace, name, resourceVersion, seenVersion, generation, change } = entry;
  const standing = isFarewell(change) ? "gone" : "delivered";
  return { uid, namespace, name, resourceVersion, seenVersion, generation, standing };
}
