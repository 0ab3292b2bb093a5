import { limitNote } from "../../../../core/move/status/limit-status.ts";
import type {
  Move,
  MoveCounts,
  MoveDeadlines,
  MovePhase,
  MoveStatus,
} from "../../../../events/moves/move.ts";
import type { MovedObject, MoveSteps } from "../../../../events/moves/move-steps.ts";
import type { MoveStore } from "../../../../adapters/kubernetes/move/move-store.ts";
import type { CopyPlace } from "../../../../adapters/kubernetes/mirror/write-copy.ts";
import { KubemendError } from "../../../../core/errors.ts";
import { isFinalizerRemoved } from "../../../../core/move/finalizers.ts";
import { toMovedAddress } from "../../../../core/move/moved-object.ts";
import type { Problem } from "../../../../core/move/status/problem.ts";
import { parseDuration } from "../../../../core/text/duration.ts";
import type { MoveSides } from "./move-sides.ts";

/** The outcome of a phase after one look at the clusters. */
export type PhaseOutcome =
  | { readonly outcome: "done" }
  | StoppedPhase
  /** An earlier phase has to look once more. `because`: the reason, if others have undone what it did. */
  | { readonly outcome: "back"; readonly to: MovePhase; readonly because?: StoppedPhase };

export type StoppedPhase =
  /** Something else has to happen first, which takes its time. */
  | { readonly outcome: "wait"; readonly current: NonNullable<MoveStatus["current"]> }
  | { readonly outcome: "problem"; readonly problem: Problem };

export const DONE: PhaseOutcome = { outcome: "done" };

export type MoveRunDeps = {
  /** The uid of the Move that is meant: somebody may delete it and create another one of its name. Default: any. */
  readonly uid?: string | undefined;
  readonly sides: MoveSides;
  readonly store: MoveStore;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Whether the time of the run is over: no further phase begins then. Default: never. */
  readonly isOver?: (() => boolean) | undefined;
  /** The reason for which this process must not carry a Move out, besides those that hold for any; undefined if there is none. */
  readonly refuse?:
    | ((
        move: Move,
        objects: readonly Pick<MovedObject, "group" | "resource" | "namespace">[],
      ) => Problem | undefined)
    | undefined;
  /** The finalizers of a Move that this process may take off; default: all that it names. */
  readonly findRemovable?:
    | ((move: Move, objects: readonly MovedObject[]) => readonly string[])
    | undefined;
  /**
   * Whether objects are left alone whose owners, or whose namespaces' owners, do not want Kubemend to change them. The command ignores opt-outs:
   * its user decides.
   */
  readonly heedsOptOut?: boolean | undefined;
  /** Called with each status that is stored. */
  readonly onProgress?: ((status: MoveStatus) => void) | undefined;
};

/** A Move in work: its objects as they are stored, and its progress. */
export type MoveRun = MoveRunDeps & {
  readonly move: Move;
  /** The objects, in the order of their creation. */
  readonly objects: () => readonly MovedObject[];
  readonly find: (uid: string) => MovedObject | undefined;
  /** Whether this process takes a finalizer off. */
  readonly takesOff: (finalizer: string) => boolean;
  /** Changes an object in memory; `flush` stores it. */
  readonly set: (object: MovedObject) => void;
  /**
   * Stores the parts that have changed; with `isReady`: only parts all of whose objects are ready. Throws `Conflict`, temporary, if
   * another run has written one.
   */
  readonly flush: (
    signal: AbortSignal,
    isReady?: (object: MovedObject) => boolean,
  ) => Promise<void>;
  readonly tally: (name: keyof MoveCounts, count: number) => void;
  readonly note: (text: string) => void;
  /** The status with the counts and notes of this run, as it is stored next. */
  readonly withProgress: (status: MoveStatus) => MoveStatus;
  readonly toPlace: (
    side: "source" | "target",
    object: MovedObject,
    signal: AbortSignal,
  ) => CopyPlace;
  readonly deadlineMs: (step: keyof MoveDeadlines) => number;
};

/** The time limits of a Move that states none. */
export const DEADLINES_MS = { block: 600_000, gone: 600_000, write: 120_000 };
const NOTES_MAX = 50;

/** The time limit of a step of a Move, in ms. */
export function readDeadlineMs({ spec }: Pick<Move, "spec">, step: keyof MoveDeadlines): number {
  return parseDuration(spec.deadlines?.[step] ?? "") ?? DEADLINES_MS[step];
}

export async function openMove(
  deps: MoveRunDeps,
  move: Move,
  signal: AbortSignal,
): Promise<MoveRun> {
  const { store, sides } = deps;
  let parts = [...(await store.readSteps(move, signal))];
  const expected = move.status?.chunks ?? parts.length;
  if (parts.length !== expected) {
    const message = `the Move ${move.metadata.name} has ${parts.length} of its ${expected} MoveSteps: somebody has deleted the others, and without them the values from before the pauses are unknown`;
    throw new KubemendError("Invalid", message, { retryable: false });
  }
  const objects = new Map(parts.flatMap(({ spec }) => spec.objects).map((one) => [one.uid, one]));
  const removeFinalizers =
    deps.findRemovable?.(move, [...objects.values()]) ?? move.spec.removeFinalizers;
  const changed = new Set<string>();
  const counted = new Map<keyof MoveCounts, number>();
  const notes = new Set<string>();
  return {
    ...deps,
    move,
    objects: () => [...objects.values()],
    find: (uid) => objects.get(uid),
    takesOff: (finalizer) => isFinalizerRemoved(finalizer, { removeFinalizers }),
    set(object) {
      if (objects.get(object.uid) === object) return;
      objects.set(object.uid, object);
      changed.add(object.uid);
    },
    async flush(ended, isReady = () => true) {
      const saved: MoveSteps[] = [];
      for (const part of parts) saved.push(await save(part, isReady, ended));
      parts = saved;
    },
    tally: (name, count) => void counted.set(name, count),
    note: (text) => void notes.add(limitNote(text)),
    withProgress(status) {
      const counts = status.counts && { ...status.counts, ...Object.fromEntries(counted) };
      const known = status.notes ?? [];
      const all = [...known, ...[...notes].filter((note) => !known.includes(note))].slice(
        -NOTES_MAX,
      );
      return {
        ...status,
        ...(counts === undefined ? {} : { counts }),
        ...(all.length === 0 ? {} : { notes: all }),
      };
    },
    toPlace: (side, object, ended) => ({
      client: sides[side].client,
      target: toMovedAddress(object),
      signal: ended,
    }),
    deadlineMs: (step) => readDeadlineMs(move, step),
  };

  async function save(
    part: MoveSteps,
    isReady: (object: MovedObject) => boolean,
    ended: AbortSignal,
  ): Promise<MoveSteps> {
    if (!part.spec.objects.some(({ uid }) => changed.has(uid))) return part;
    const next = part.spec.objects.map((one) => objects.get(one.uid) ?? one);
    if (!next.every(isReady)) return part;
    const saved = await store.saveSteps(part, next, ended);
    if (saved !== undefined) {
      for (const { uid } of next) changed.delete(uid);
      return saved;
    }
    const message = `another run works on the Move ${move.metadata.name}`;
    throw new KubemendError("Conflict", message, { retryable: true });
  }
}

/** The objects of one level, in the collections in which they are listed. */
export function toLevelCollections(
  objects: readonly MovedObject[],
): readonly (readonly MovedObject[])[] {
  const collections = new Map<string, MovedObject[]>();
  for (const object of objects) {
    const key = [object.group, object.resource, object.namespace ?? ""].join("/");
    const known = collections.get(key);
    if (known === undefined) collections.set(key, [object]);
    else known.push(object);
  }
  return [...collections.values()];
}

/** Whether sources may be gone because the move has deleted them. */
export function hasDeleted({ move }: MoveRun): boolean {
  return move.status?.pointOfNoReturnAt !== undefined;
}

/** The levels, the owners' first. */
export function toLevelsOf(objects: readonly MovedObject[]): readonly (readonly MovedObject[])[] {
  const levels: MovedObject[][] = [];
  for (const object of objects) (levels[object.level] ??= []).push(object);
  return levels.filter((level) => level !== undefined);
}

/** The uids of what is in the target, by those in the source. */
export function toTargetUids(run: MoveRun): ReadonlyMap<string, string> {
  return new Map(
    run
      .objects()
      .flatMap(({ uid, targetUid }) =>
        targetUid === undefined ? [] : [[uid, targetUid] as const],
      ),
  );
}
