import { compareResourceVersions } from "../../core/changes/resource-version.ts";
import type { Journal } from "../../adapters/journal/journal.ts";

/** One state of a Lease. */
export type LeaseState = { readonly epoch: number; readonly resourceVersion: string };

/** How far a Lease had come when it was seen last, as the journal knows it: one that falls behind is of an older history. */
export type RollbackGuard = {
  /** The highest epoch; undefined where the journal never knew this Lease, and so has nothing to compare with it. */
  readonly epoch: () => number | undefined;
  /** Whether a newer state of this very epoch was seen. A Lease is read in its most recent state, so etcd was put back. */
  readonly isUndone: (state: LeaseState) => boolean;
  /** Staged. A state of a lower epoch than the known one is nothing to remember. */
  readonly note: (state: LeaseState) => void;
  /** From now on the epoch of this state counts as lower than the known one. Staged. */
  readonly doubt: (state: LeaseState) => void;
};

const NOTE = "lease";

export function createRollbackGuard(
  journal: Pick<Journal, "note" | "stageNote">,
  lease: string,
): RollbackGuard {
  const read = (): LeaseState | undefined => {
    const [name, epoch, resourceVersion = ""] = journal.note(NOTE)?.split(" ") ?? [];
    return name === lease ? { epoch: Number(epoch), resourceVersion } : undefined;
  };
  const write = ({ epoch, resourceVersion }: LeaseState): void =>
    journal.stageNote(NOTE, `${lease} ${epoch} ${resourceVersion}`.trimEnd());
  return {
    epoch: () => read()?.epoch,
    isUndone({ epoch, resourceVersion }) {
      const known = read();
      if (known?.epoch !== epoch) return false;
      return compareResourceVersions(resourceVersion, known.resourceVersion) === "older";
    },
    note(state) {
      if (state.epoch >= (read()?.epoch ?? 1)) write(state);
    },
    doubt: ({ epoch }) => write({ epoch: epoch + 1, resourceVersion: "" }),
  };
}
