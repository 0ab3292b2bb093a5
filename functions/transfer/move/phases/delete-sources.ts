import type { MovedObject } from "../../../../events/moves/move-steps.ts";
import { getObject } from "../../../../adapters/kubernetes/api/objects.ts";
import { deleteExactly, patchExactly } from "../../../../adapters/kubernetes/move/move-writes.ts";
import type { CopyPlace } from "../../../../adapters/kubernetes/mirror/write-copy.ts";
import { readVersion } from "../../../../core/mirror/manifest.ts";
import { nameFew, nameMoved } from "../../../../core/move/moved-object.ts";
import { toProblem, toRefusal } from "../../../../core/move/sentences.ts";
import type { SetObject } from "../../../../core/move/set-object.ts";
import { findGrown } from "../run/find-grown.ts";
import { DONE, type MoveRun, type PhaseOutcome, toLevelsOf } from "../run/open-move.ts";
import { readMetadata } from "../run/read-objects.ts";
import { isOverdue, toContended, toKeepsChanging, waitForWriters } from "../run/to-contended.ts";
import { type HeldObject, toHeld } from "../run/to-held.ts";
import { equalize } from "./verify-copies.ts";
import { isAway, toOutcome, workOnEach, type Trouble } from "../run/work-on-each.ts";

const STEP = "delete in the source";
const TAKE_OFF = "take a finalizer off in the source";
const GONE = "wait until it is gone from the source";

/**
 * The phase Deleting: dependents first, each level only after the one below is gone. An object is deleted in exactly the state that the target
 * has, which is read once more, and finalizers are taken off only if the move says so and after the deletion was accepted. The trouble of one
 * object does not hold up the others of its level.
 */
export async function deleteSources(run: MoveRun, signal: AbortSignal): Promise<PhaseOutcome> {
  const levels = toLevelsOf(run.objects()).toReversed();
  for (const level of levels) {
    const outcome = await deleteLevel(run, level, signal);
    if (outcome.outcome !== "done") return outcome;
    signal.throwIfAborted();
    tallyGone(run, level, 0);
  }
  return DONE;
}

async function deleteLevel(
  run: MoveRun,
  level: readonly MovedObject[],
  signal: AbortSignal,
): Promise<PhaseOutcome> {
  const live = await readMetadata(run, "source", level, signal);
  const there = level.filter(({ uid }) => live.get(uid)?.uid === uid);
  const doubled = await findTaken(run, level, new Set(there), signal);
  if (doubled !== undefined) return doubled;
  if (there.length === 0) return DONE;
  const standing = there.filter(({ uid }) => live.get(uid)?.isTerminating === false);
  // Objects that they own by now would be deleted with them. Also on the first level that is deleted: the last look may be long ago.
  const grown = standing.length > 0 ? await findGrown(run, signal) : undefined;
  if (grown !== undefined) return grown;
  const { versions, troubles: unequal } = await compare(run, there, signal);
  if (isAway(unequal)) return toOutcome(unequal);
  const stopped = new Set(unequal.map(({ object }) => object.uid));
  const deletable = standing.filter(({ uid }) => !stopped.has(uid));
  const undeleted = await deleteStanding(run, deletable, versions, signal);
  const left = standing.length === 0 ? live : await readMetadata(run, "source", there, signal);
  const going = there.filter(({ uid }) => left.get(uid)?.uid === uid);
  // A finalizer is taken off only while the target has the object, as it was compared.
  const releasable = going.filter(({ uid }) => !stopped.has(uid));
  const kept = await removeFinalizers(run, releasable, left, signal);
  const troubles = [...unequal, ...undeleted, ...kept];
  if (going.length === 0 && troubles.length === 0) return DONE;
  const last = await readMetadata(run, "source", going, signal);
  const held = going.flatMap((object) => {
    const source = last.get(object.uid);
    return source?.uid === object.uid ? [{ object, finalizers: source.finalizers }] : [];
  });
  tallyGone(run, level, held.length);
  if (troubles.length > 0) return toOutcome(troubles);
  const [first, ...others] = held;
  return first === undefined ? DONE : toHeldSource(run, first.object, others, signal);
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

/** Counts the objects that are gone: those of the levels below, and those of this level that are not `left`. */
function tallyGone(run: MoveRun, level: readonly MovedObject[], left: number): void {
  const at = level[0]?.level ?? 0;
  const below = run.objects().filter((object) => object.level > at);
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

/** Deletes the sources that are not being deleted yet, in the states that both sides have. */
async function deleteStanding(
  run: MoveRun,
  objects: readonly MovedObject[],
  versions: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<readonly Trouble[]> {
  for (const object of objects) {
    if (versions.has(object.uid)) run.set({ ...object, deletionSent: true });
  }
  await run.flush(signal);
  return workOnEach(run, objects, signal, async (object) => {
    const { uid } = object;
    const resourceVersion = versions.get(uid);
    if (resourceVersion === undefined) return toUncompared(run, object);
    try {
      const live = { uid, resourceVersion };
      const options = { orphan: object.leavesOwned === true };
      const answer = await deleteExactly(run.toPlace("source", object, signal), live, options);
      if (answer !== "lost") return DONE;
      return await toContended(run, object, { step: STEP, side: "source" }, signal);
    } catch (error) {
      const problem = toRefusal(run.move.metadata.name, error, { object, step: STEP });
      return { outcome: "problem", problem };
    }
  });
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

async function removeFinalizers(
  run: MoveRun,
  objects: readonly MovedObject[],
  live: ReadonlyMap<string, SetObject>,
  signal: AbortSignal,
): Promise<readonly Trouble[]> {
  const releasable = objects.filter(({ uid }) => live.get(uid)?.finalizers.some(run.takesOff));
  if (releasable.length === 0) return [];
  const copies = await readMetadata(run, "target", releasable, signal);
  return workOnEach(run, releasable, signal, async (object) => {
    const [copy, source] = [copies.get(object.uid), live.get(object.uid)];
    if (copy?.uid !== object.targetUid || copy?.isTerminating !== false || source === undefined)
      return DONE;
    try {
      await takeOff(run, object, { source, place: run.toPlace("source", object, signal) });
      return DONE;
    } catch (error) {
      const problem = toRefusal(run.move.metadata.name, error, { object, step: TAKE_OFF });
      return { outcome: "problem", problem };
    }
  });
}

/** Never before the deletion was accepted; and it only removes entries: none can be added to an object that is being deleted. */
async function takeOff(
  run: MoveRun,
  object: MovedObject,
  { source, place }: { readonly source: SetObject; readonly place: CopyPlace },
): Promise<void> {
  const { uid, resourceVersion, finalizers, isTerminating } = source;
  if (uid !== object.uid || !isTerminating) return;
  const kept = finalizers.filter((finalizer) => !run.takesOff(finalizer));
  const added = finalizers.filter(
    (finalizer) => !kept.includes(finalizer) && object.finalizers?.includes(finalizer) !== true,
  );
  if (added.length > 0) {
    run.note(
      `${nameMoved(object)}: a controller has added the finalizer ${added.join(", ")} since the move was planned; it was taken off`,
    );
  }
  await patchExactly(place, { uid, resourceVersion }, { metadata: { finalizers: kept } });
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
