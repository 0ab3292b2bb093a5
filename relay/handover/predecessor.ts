import * as v from "valibot";
import { isUpTo } from "../../core/changes/resource-version.ts";
import type { Journal } from "../../adapters/journal/journal.ts";
import type { LeaseCheckpoint } from "./annotations.ts";
import type { UncheckpointedAdd } from "./uncheckpointed-adds.ts";

/** The previous leader's progress with a watch when this relay took over. */
export type PredecessorProgress = {
  /** "" if it had not reached the end of its first snapshot. */
  readonly resourceVersion: string;
  readonly history: number;
  readonly sent: readonly UncheckpointedAdd[];
  /** This relay's own stream began later: it has never seen objects that came and went in between. */
  readonly isUnseen: boolean;
  /** It may have sent older states after those that this relay sent in an earlier term. */
  readonly isOvertaken: boolean;
};

const text = v.string();
const schema = v.object({
  resourceVersion: text,
  history: v.number(),
  sent: v.array(v.object({ namespace: text, name: text, uid: text, resourceVersion: text })),
  isUnseen: v.boolean(),
  isOvertaken: v.optional(v.boolean(), false),
});

type PredecessorJournal = Pick<
  Journal,
  "note" | "stageNote" | "listByName" | "missing" | "stageRow" | "commit"
>;

/**
 * What the previous leader may have delivered of one watch, and this relay may never hear of, because its own stream has a hole
 * there. These deletions stay pending until this relay has read past all of it without a hole. If a snapshot begins before that,
 * the cluster is asked for the objects at the previous leader's checkpoint; with the objects that the Lease names beyond it,
 * nothing is missing. Survives a crash, as a note in the journal.
 */
export class Predecessor {
  readonly #journal: PredecessorJournal;
  readonly #watch: string;
  /** Stored name. */
  readonly #note: string;
  #progress: PredecessorProgress | undefined;
  #isListed = false;
  /** The end of the snapshot that was compared with everything the previous leader may have delivered. */
  #comparedAt: string | undefined;

  constructor(journal: PredecessorJournal, watch: string) {
    this.#journal = journal;
    this.#watch = watch;
    this.#note = `former ${watch}`;
    this.#progress = parse(journal.note(this.#note));
  }

  /** Undefined if no deletion can be pending any more. */
  pending(): PredecessorProgress | undefined {
    return this.#progress;
  }

  /**
   * This relay takes over. `since`: from where its own stream has no hole; "" from the beginning, undefined within a snapshot.
   * `isOvertaken`: see WatchHandover. Staged.
   */
  begin(
    published: LeaseCheckpoint,
    { since, isOvertaken }: { readonly since: string | undefined; readonly isOvertaken: boolean },
  ): void {
    const before = this.#progress;
    const { resourceVersion, history } = published;
    // The same term once more: the relay restarted within it.
    const isSame = before?.resourceVersion === resourceVersion && before.history === history;
    const isLate = since === undefined || (since !== "" && isBelow(resourceVersion, since));
    const isUnseen = isLate || isOvertaken || (isSame && before.isUnseen);
    const sent = isSame ? mergeAdds(before.sent, published.sent) : published.sent;
    this.#keep({
      resourceVersion,
      history,
      sent,
      isUnseen,
      isOvertaken: isOvertaken || (isSame && before.isOvertaken),
    });
  }

  /** Whether this relay must compare a snapshot before it can continue. */
  isUnseen(): boolean {
    return this.#progress?.isUnseen ?? false;
  }

  /** What must be listed, and each object `adopt`ed, before a snapshot that begins now is compared. */
  toList(): PredecessorProgress | undefined {
    return this.#isListed ? undefined : this.#progress;
  }

  /**
   * The queue may have received older states after those that this relay sent beyond the checkpoint: these objects are sent again,
   * and their deletions are pending again. Staged.
   */
  distrust(): void {
    if (this.#progress?.isOvertaken !== true) return;
    const { resourceVersion } = this.#progress;
    for (const row of this.#journal.missing(this.#watch, () => false)) {
      if (isUpTo(row.resourceVersion, resourceVersion)) continue;
      this.#journal.stageRow(this.#watch, { ...row, standing: "attempted" });
    }
  }

  /**
   * The queue may have this object. If this relay has never seen it, or has delivered its deletion, that is pending from now on.
   * Staged.
   */
  adopt({ namespace, name, uid, resourceVersion }: UncheckpointedAdd): void {
    const rows = this.#journal.listByName(this.#watch, namespace, name);
    if (rows.some((row) => row.uid === uid && row.standing !== "tombstone")) return;
    const row = { namespace, name, uid, resourceVersion, generation: null };
    this.#journal.stageRow(this.#watch, { ...row, standing: "attempted" });
  }

  /** Everything that was found is adopted. Durable when it returns. */
  listed(): void {
    this.#isListed = true;
    this.#journal.commit();
  }

  snapshotEnded(resourceVersion: string): void {
    if (this.#isListed) this.#comparedAt = resourceVersion;
  }

  /** The queue has accepted everything up to here. Staged. */
  accepted(resourceVersion: string): void {
    const progress = this.#progress;
    if (progress === undefined) return;
    const isPast = (place: string): boolean => place === "" || isUpTo(place, resourceVersion);
    const places =
      this.#isListed || progress.isUnseen
        ? [this.#comparedAt]
        : [progress.resourceVersion, ...progress.sent.map((one) => one.resourceVersion)];
    if (places.every((place) => place !== undefined && isPast(place))) this.#keep(undefined);
  }

  #keep(progress: PredecessorProgress | undefined): void {
    this.#progress = progress;
    const note = progress === undefined ? undefined : JSON.stringify(progress);
    this.#journal.stageNote(this.#note, note);
  }
}

/** Of one object the later of the two. */
export function mergeAdds(
  some: readonly UncheckpointedAdd[],
  others: readonly UncheckpointedAdd[],
): readonly UncheckpointedAdd[] {
  return [...new Map([...some, ...others].map((one) => [one.uid, one])).values()];
}

/** "" is below everything. */
function isBelow(a: string, b: string): boolean {
  return a === "" || (a !== b && isUpTo(a, b));
}

function parse(note: string | undefined): PredecessorProgress | undefined {
  return note === undefined ? undefined : v.parse(schema, JSON.parse(note));
}
