import type { Journal } from "../../adapters/journal/journal.ts";

/** The highest epoch that stood in a Lease, as the journal knows it: a Lease that falls behind it is of an older history. */
export type KnownEpoch = {
  /** Undefined where the journal never knew this Lease, and so has nothing to compare with it. */
  readonly read: () => number | undefined;
  /** Staged. */
  readonly note: (epoch: number) => void;
};

const NOTE = "lease";

export function createKnownEpoch(
  journal: Pick<Journal, "note" | "stageNote">,
  lease: string,
): KnownEpoch {
  return {
    read() {
      const [name, epoch] = journal.note(NOTE)?.split(" ") ?? [];
      return name === lease ? Number(epoch) : undefined;
    },
    note: (epoch) => journal.stageNote(NOTE, `${lease} ${epoch}`),
  };
}
