import type { MovedObject } from "../../../../events/moves/move-steps.ts";
import { getObject } from "../../../../adapters/kubernetes/api/objects.ts";
import { deleteExactly } from "../../../../adapters/kubernetes/move/move-writes.ts";
import { readVersion } from "../../../../core/mirror/manifest.ts";
import { nameFew, nameMoved } from "../../../../core/move/moved-object.ts";
import { toProblem, toRefusal } from "../../../../core/move/sentences.ts";
import { type FreedOwners, freeGrown } from "../run/find-grown.ts";
import { DONE, type MoveRun, type PhaseOutcome, toLevelsOf } from "../run/open-move.ts";
import { readMetadata } from "../run/read-objects.ts";
import { isOverdue, toContended, toKeepsChanging, waitForWriters } from "../run/to-contended.ts";
import { type HeldObject, toHeld } from "../run/to-held.ts";
import { removeFinalizers } from "./remove-finalizers.ts";
import { equalize } from "./verify-copies.ts";
import { holdOwners, isAway, toOutcome, workOnEach, type Trouble } from "../run/work-on-each.ts";

const STEP = "delete in the source";
const GONE = "wait until it is gone from the source";
/** Deletions after which it is asked how old the look at their dependents is. */
const MOST_PER_LOOK = 50;
/** The age past which the look at dependents is taken again, in ms. */
const LOOK_MS = 5_000;

/**
 * The phase Deleting: dependents first, each level only after the one below is gone. An object is deleted in exactly the state that the target
 * has, which is read once more, and finalizers are taken off only if the move says so and after the deletion was accepted. The trouble of one
 * object does not hold up the others of its level.
 */
export async function deleteSources(run: MoveRun, signal: AbortSignal): Promise<PhaseOutcome> {
  const levels = toLevelsOf(run.objects()).toReversed();
  const troubles: Trouble[] = [];
  const held = new Set<string>();
  for (const level of levels) {
    const ready = level.filter(({ uid }) => !held.has(uid));
    const { outcome, kept } = await deleteLevel(run, ready, held, signal);
    troubles.push(...kept);
    holdOwners(held, level, kept);
    if (outcome.outcome !== "done") return toOutcome([...troubles, { outcome }]);
    signal.throwIfAborted();
    tallyGone(run, ready, held, kept.length);
  }
  return toOutcome(troubles);
}

/** `kept`: objects that are not deleted because of what they have come to own. They hold up their owners, and nothing else. */
type DeletedLevel = { readonly outcome: PhaseOutcome; readonly kept: readonly Trouble[] };

async function deleteLevel(
  run: MoveRun,
  level: readonly MovedObject[],
  heldBelow: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<DeletedLevel> {
  const live = await readMetadata(run, "source", level, signal);
  const there = level.filter(({ uid }) => live.get(uid)?.uid === uid);
  const doubled = await findTaken(run, level, new Set(there), signal);
  if (doubled !== undefined) return { outcome: doubled, kept: [] };
  if (there.length === 0) return { outcome: DONE, kept: [] };
  const standing = there.filter(({ uid }) => live.get(uid)?.isTerminating === false);
  const { versions, troubles: unequal } = await compare(run, there, signal);
  if (isAway(unequal)) return { outcome: toOutcome(unequal), kept: [] };
  const stopped = new Set(unequal.map(({ object }) => object.uid));
  const deletable = standing.filter(({ uid }) => !stopped.has(uid));
  const deleted = await deleteStanding(run, deletable, versions, signal);
  if ("outcome" in deleted) return { outcome: deleted, kept: [] };
  const { kept, undeleted } = deleted;
  const owning = new Set(kept.map(({ object }) => object.uid));
  const left = standing.length === 0 ? live : await readMetadata(run, "source", there, signal);
  const going = there.filter(({ uid }) => left.get(uid)?.uid === uid && !owning.has(uid));
  // A finalizer is taken off only while the target has the object, as it was compared.
  const releasable = going.filter(({ uid }) => !stopped.has(uid));
  const bound = await removeFinalizers(run, releasable, left, signal);
  const troubles = [...unequal, ...undeleted, ...bound];
  if (going.length === 0 && troubles.length === 0) return { outcome: DONE, kept };
  const last = await readMetadata(run, "source", going, signal);
  const held = going.flatMap((object) => {
    const source = last.get(object.uid);
    return source?.uid === object.uid ? [{ object, finalizers: source.finalizers }] : [];
  });
  tallyGone(run, level, heldBelow, held.length + kept.length);
  if (troubles.length > 0) return { outcome: toOutcome(troubles), kept };
  const [first, ...others] = held;
  const outcome =
    first === undefined ? DONE : await toHeldSource(run, first.object, others, signal);
  return { outcome, kept };
}

/**
 * Sources that are gone although this move has not deleted them. Nobody can say who has; if it was another Move, which could not be seen
 * when this one was planned, both targets have a copy, and a person decides which one stays.
 */
async function findTaken(
  run: MoveRun,
  level: readonly MovedObject[],
  there: ReadonlySet<MovedObject>,
  signal: AbortSignal,
): Promise<PhaseOutcome | undefined> {
  if (!level.some((object) => !there.has(object) && isUnsent(object))) return undefined;
  // Another run of this move may have deleted them since the parts were read.
  const parts = await run.store.readSteps(run.move, signal);
  const stored = new Map(parts.flatMap(({ spec }) => spec.objects).map((one) => [one.uid, one]));
  const taken = level.filter(
    (object) => !there.has(object) && isUnsent(stored.get(object.uid) ?? object),
  );
  if (taken.length === 0) return undefined;
  run.note(
    `${nameFew(taken.map(nameMoved))}: gone from the source before the move has deleted it: somebody else has`,
  );
  const others = await run.store.readOthers(run.move, signal);
  const copies = await readMetadata(run, "target", taken, signal);
  const doubled = taken.find(({ uid }) => others.has(uid) && copies.has(uid));
  if (doubled === undefined) return undefined;
  const other = others.get(doubled.uid) ?? "";
  const problem = toProblem(run.move.metadata.name, {
    code: "MovedByAnother",
    object: doubled,
    step: STEP,
    reason: `the Move ${other} has it, too, and it is gone from the source: both targets may have a copy`,
    wayOut: `delete its copy in the target of this move if the other one is to stay; else end the Move ${other}, and delete the copy of that one`,
  });
  return { outcome: "problem", problem };
}

function isUnsent({ deletionSent }: MovedObject): boolean {
  return deletionSent !== true;
}

/** Counts the objects that are gone: those of the levels below that are not held, and those of this level that are not `left`. */
function tallyGone(
  run: MoveRun,
  level: readonly MovedObject[],
  held: ReadonlySet<string>,
  left: number,
): void {
  const [first] = level;
  if (first === undefined) return;
  const below = run.objects().filter((one) => one.level > first.level && !held.has(one.uid));
  run.tally("gone", below.length + level.length - left);
}

/**
 * Compares sources with their copies once more, also those that are being deleted: the copy of one is created again if somebody has deleted
 * it, as long as a finalizer holds the source. `versions`: the states of the sources that the target has, by uid.
 */
async function compare(
  run: MoveRun,
  there: readonly MovedObject[],
  signal: AbortSignal,
): Promise<{
  readonly troubles: readonly Trouble[];
  readonly versions: ReadonlyMap<string, string>;
}> {
  const versions = new Map<string, string>();
  const troubles = await equalize(run, there, signal, ({ uid }, source) =>
    versions.set(uid, readVersion(source)),
  );
  return { troubles, versions };
}

/**
 * Deletes the sources that are not being deleted yet, in the states that both sides have. Right before that, and again if many deletions take
 * their time, it looks at what they own by now, which would be deleted with them.
 */
async function deleteStanding(
  run: MoveRun,
  objects: readonly MovedObject[],
  versions: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<
  PhaseOutcome | { readonly kept: readonly Trouble[]; readonly undeleted: readonly Trouble[] }
> {
  for (const object of objects) {
    if (versions.has(object.uid)) run.set({ ...object, deletionSent: true });
  }
  await run.flush(signal);
  const kept: Trouble[] = [];
  const undeleted: Trouble[] = [];
  const orphaning = new Set<string>();
  let held: FreedOwners["held"] | undefined;
  let lookedAt = 0;
  for (let at = 0; at < objects.length && !isAway(undeleted); at += MOST_PER_LOOK) {
    const some = objects.slice(at, at + MOST_PER_LOOK);
    if (held === undefined || run.now() - lookedAt > LOOK_MS) {
      lookedAt = run.now();
      const found = await freeGrown(run, objects.slice(at), signal);
      if ("outcome" in found) return found;
      held = found.held;
      for (const uid of found.orphaning) orphaning.add(uid);
    }
    const ready: MovedObject[] = [];
    for (const object of some) {
      const outcome = held.get(object.uid);
      if (outcome === undefined) ready.push(object);
      else kept.push({ object, outcome });
    }
    const failed = await workOnEach(run, ready, signal, (object) =>
      deleteOne(run, object, { versions, orphaning }, signal),
    );
    undeleted.push(...failed);
  }
  return { kept, undeleted };
}

async function deleteOne(
  run: MoveRun,
  object: MovedObject,
  {
    versions,
    orphaning,
  }: {
    readonly versions: ReadonlyMap<string, string>;
    readonly orphaning: ReadonlySet<string>;
  },
  signal: AbortSignal,
): Promise<PhaseOutcome> {
  const { uid } = object;
  const resourceVersion = versions.get(uid);
  if (resourceVersion === undefined) return toUncompared(run, object);
  try {
    const live = { uid, resourceVersion };
    const options = { orphan: object.leavesOwned === true || orphaning.has(uid) };
    const answer = await deleteExactly(run.toPlace("source", object, signal), live, options);
    if (answer !== "lost") return DONE;
    return await toContended(run, object, { step: STEP, side: "source" }, signal);
  } catch (error) {
    const problem = toRefusal(run.move.metadata.name, error, { object, step: STEP });
    return { outcome: "problem", problem };
  }
}

/** A source that is there, and of which no state is known to be in the target: a list has left it out. */
function toUncompared(run: MoveRun, object: MovedObject): PhaseOutcome {
  if (!isOverdue(run, object)) {
    const waitsFor = "the source to answer with the whole object";
    return waitForWriters(run, object, { step: STEP, waitsFor });
  }
  return toKeepsChanging(run, object, {
    step: STEP,
    reason:
      "the list of the source does not contain it, although it is there: it is nested too deep to be read, or somebody replaces it again and again",
    live: [],
    wayOut: "change it so that it can be read",
  });
}

/** The outcome for sources that were deleted and are not gone: the things that the first of them, and the others, wait for. */
async function toHeldSource(
  run: MoveRun,
  object: MovedObject,
  others: readonly HeldObject[],
  signal: AbortSignal,
): Promise<PhaseOutcome> {
  const { client, target } = run.toPlace("source", object, signal);
  const live = await getObject(client, target, signal);
  const reason =
    "it was deleted and is not gone; the target holds it, and so do its owners in the source";
  return toHeld(run, object, { live, step: GONE, side: "source", reason, others });
}
