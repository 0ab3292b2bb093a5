import { compareResourceVersions } from "../../core/changes/resource-version.ts";
import type { Journal } from "../../adapters/journal/journal.ts";

/** One state of a Lease. */
export type LeaseState = { readonly epoch: number; readonly resourceVersion: string };

/**
 * The newest state of a Lease that this relay has seen, kept in the journal. A Lease is always read in its most recent state, so one
 * that is older than that means that etcd was restored from a backup.
 */
export type RollbackGuard = {
  /** The highest epoch; undefined if the journal has never seen this Lease, and so has nothing to compare it with. */
  readonly epoch: () => number | undefined;
  /** Whether a newer state of this very epoch was seen. */
  readonly isOlder: (state: LeaseState) => boolean;
  /** Remembers this state, unless its epoch is lower than the known one. Staged. */
  readonly note: (state: LeaseState) => void;
  /** From now on the epoch of this state counts as lower than the known one. Staged. */
  readonly doubt: (state: LeaseState) => void;
};

/** Stored name. */
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
    isOlder({ epoch, resourceVersion }) {
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
