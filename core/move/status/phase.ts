import type { Move, MoveCounts, MovePhase, MoveStatus } from "../../../events/moves/move.ts";

type PhaseFacts = {
  /** The work of the phase, for people. */
  readonly does: string;
  /** The counter that it raises. */
  readonly counts?: Exclude<keyof MoveCounts, "objects" | "levels">;
  /** Nothing was changed yet, so that a Move which is not wanted ends at once. */
  readonly isUntouched?: true;
  /** Others may send the Move back to it, or to one before it, again and again. */
  readonly isContended?: true;
  /** A rollback takes back what it writes. */
  readonly isTakenBack?: true;
};

const FACTS: Readonly<Record<MovePhase, PhaseFacts>> = {
  Planning: { does: "the objects are read and checked; nothing is changed", isUntouched: true },
  Waiting: {
    does: "it waits for objects that block it; nothing is changed",
    isUntouched: true,
  },
  Pausing: {
    does: "the sources are paused",
    counts: "paused",
    isContended: true,
    isTakenBack: true,
  },
  Creating: {
    does: "the copies are created, owners first; the sources are as they were, paused if they can be",
    counts: "created",
    isContended: true,
    isTakenBack: true,
  },
  Verifying: {
    does: "both sides are compared; the objects are in both clusters, paused if they can be",
    counts: "verified",
    isContended: true,
  },
  Deleting: {
    does: "the sources are deleted, dependents first; the target holds all objects",
    counts: "gone",
    isContended: true,
  },
  Resuming: {
    does: "the copies are no longer paused; the source holds none of the objects",
    counts: "resumed",
  },
  Moved: { does: "all objects of the move are in the target and nowhere else" },
  RollingBack: {
    does: "the copies are deleted, then the sources are no longer paused",
    counts: "undone",
  },
  RolledBack: { does: "the sources are as they were; the target holds none of the objects" },
};

export function describePhase(phase: MovePhase): string {
  return FACTS[phase].does;
}

export function findCounter(phase: MovePhase): PhaseFacts["counts"] {
  return FACTS[phase].counts;
}

export function isContended(phase: MovePhase): boolean {
  return FACTS[phase].isContended === true;
}

export function isTakenBack(phase: MovePhase): boolean {
  return FACTS[phase].isTakenBack === true;
}

export function readPhase({ status }: Pick<Move, "status">): MovePhase {
  return status?.phase ?? "Planning";
}

/** Whether it may have changed objects. */
export function hasBegun(move: Pick<Move, "status">): boolean {
  return FACTS[readPhase(move)].isUntouched !== true;
}

/** The status of a Move that nobody has worked on is the one with which planning begins. */
export function toBegun(status: MoveStatus | undefined, at: string): MoveStatus {
  return status ?? { phase: "Planning", since: at, startedAt: at };
}

/**
 * A Move is rolled back if a person has asked for it, or deletes it, and no source was deleted yet. One that is being deleted and that a
 * finalizer holds may be gone at any moment, with the original values of its sources, so it must not begin to change anything.
 */
export function isToBeRolledBack({
  metadata,
  spec,
  status,
}: Pick<Move, "metadata" | "spec" | "status">): boolean {
  const isUnwanted = spec.abort === true || metadata["deletionTimestamp"] !== undefined;
  return isUnwanted && status?.pointOfNoReturnAt === undefined && status?.phase !== "RollingBack";
}
