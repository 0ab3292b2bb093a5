import type { KnownState } from "../core/changes/derive-change.ts";
import type { Journal } from "../adapters/journal/journal.ts";
import type { ChangeBuffer } from "./buffer.ts";
import type { Entry } from "./change.ts";

/** An object that was delivered, or is on its way. */
export type KnownObject = KnownState & {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
};

/** What one watch has told of its objects: what is on its way is newer than what the journal says was delivered. */
export class KnownObjects {
  readonly #journal: Journal;
  readonly #buffer: ChangeBuffer;
  readonly #watch: string;

  constructor(journal: Journal, buffer: ChangeBuffer, watch: string) {
    this.#journal = journal;
    this.#buffer = buffer;
    this.#watch = watch;
  }

  find(uid: string): KnownObject | undefined {
    const pending = this.#buffer.find(this.#watch, uid);
    return pending === undefined ? this.#journal.find(this.#watch, uid) : toKnown(pending);
  }

  /** The living object of a name. */
  findByName(namespace: string, name: string): KnownObject | undefined {
    const watch = this.#watch;
    const pending = this.#buffer.findByName({ watch, namespace, name });
    const known =
      pending === undefined ? this.#journal.findByName(watch, namespace, name) : toKnown(pending);
    return known?.gone === false ? known : undefined;
  }

  /** Living objects that are not in `seen`, one by one: more may be on their way, or be gone, when the next is asked for. */
  *missing(seen: ReadonlySet<string>): Generator<KnownObject, void> {
    const isSeen = (uid: string): boolean => seen.has(uid);
    for (const entry of Array.from(this.#buffer.list(this.#watch))) {
      if (entry.change !== "deleted" && !isSeen(entry.uid)) yield toKnown(entry);
    }
    for (const row of this.#journal.missing(this.#watch, isSeen)) {
      if (this.find(row.uid)?.gone === false) yield row;
    }
  }
}

function toKnown(entry: Entry): KnownObject {
  const { uid, namespace, name, resourceVersion, generation, change } = entry;
  return { uid, namespace, name, resourceVersion, generation, gone: change === "deleted" };
}
