import * as v from "valibot";
import { isUpTo } from "../../core/changes/resource-version.ts";
import type { Journal } from "../../adapters/journal/journal.ts";
import type { UncheckpointedAdd } from "./uncheckpointed-adds.ts";
import type { LeaseCheckpoint } from "./annotations.ts";

/** How far the relay before had come with a watch when this one took over. */
export type Former = {
  /** "" where it had not come to an end of its first snapshot. */
  readonly resourceVersion: string;
  readonly history: number;
  readonly sent: readonly UncheckpointedAdd[];
  /** This relay's own stream began later: what came and went in between it has never seen. */
  readonly isUnseen: boolean;
};

const text = v.string();
const schema = v.object({
  resourceVersion: text,
  history: v.number(),
  sent: v.array(v.object({ namespace: text, name: text, uid: text, resourceVersion: text })),
  isUnseen: v.boolean(),
});

/**
 * What the relay before may have delivered, and this one may never hear of, as its own stream has a hole there. It is owed
 * until this relay has passed all of it without a hole; where a snapshot begins before that, the cluster is asked what there
 * was at the checkpoint, and with what the Lease names beyond it, all is known. Survives a crash, as a note in the journal.
 */
export class Predecessor {
  readonly #journal: Pick<Journal, "note" | "stageNote">;
  readonly #name: string;
  #former: Former | undefined;
  #isAsked = false;
  /** Where the snapshot ends that was compared with all that the relay before may have delivered. */
  #comparedAt: string | undefined;

  constructor(journal: Pick<Journal, "note" | "stageNote">, watch: string) {
    this.#journal = journal;
    this.#name = `former ${watch}`;
    this.#former = parse(journal.note(this.#name));
  }

  owed(): Former | undefined {
    return this.#former;
  }

  /**
   * This relay takes over. `since`: from where all that was has been seen; "" from the beginning, undefined within a snapshot.
   * Staged.
   */
  begin(told: LeaseCheckpoint, since: string | undefined): void {
    const before = this.#former;
    const { resourceVersion, history } = told;
    // The same term once more, of a relay that begins anew.
    const isSame = before?.resourceVersion === resourceVersion && before.history === history;
    const isLate = since === undefined || (since !== "" && isBelow(resourceVersion, since));
    const isUnseen = isLate || (isSame && before.isUnseen);
    const sent = isSame ? mergeSends(before.sent, told.sent) : told.sent;
    this.#keep({ resourceVersion, history, sent, isUnseen });
  }

  /** Whether this relay must compare before it can go on. */
  isUnseen(): boolean {
    return this.#former?.isUnseen ?? false;
  }

  /** What must be asked for before a snapshot that begins now is compared. */
  toAsk(): Former | undefined {
    return this.#isAsked ? undefined : this.#former;
  }

  asked(): void {
    this.#isAsked = true;
  }

  snapshotEnded(resourceVersion: string): void {
    if (this.#isAsked) this.#comparedAt = resourceVersion;
  }

  /** All up to here is accepted. Staged. */
  accepted(resourceVersion: string): void {
    const former = this.#former;
    if (former === undefined) return;
    const isPast = (place: string): boolean => place === "" || isUpTo(place, resourceVersion);
    const places =
      this.#isAsked || former.isUnseen
        ? [this.#comparedAt]
        : [former.resourceVersion, ...former.sent.map((one) => one.resourceVersion)];
    if (places.every((place) => place !== undefined && isPast(place))) this.#keep(undefined);
  }

  #keep(former: Former | undefined): void {
    this.#former = former;
    this.#journal.stageNote(this.#name, former === undefined ? undefined : JSON.stringify(former));
  }
}

export function mergeSends(
  some: readonly UncheckpointedAdd[],
  others: readonly UncheckpointedAdd[],
): readonly UncheckpointedAdd[] {
  return [...new Map([...some, ...others].map((one) => [one.uid, one])).values()];
}

/** "" lies below all. */
function isBelow(a: string, b: string): boolean {
  return a === "" || (a !== b && isUpTo(a, b));
}

function parse(note: string | undefined): Former | undefined {
  return note === undefined ? undefined : v.parse(schema, JSON.parse(note));
}
