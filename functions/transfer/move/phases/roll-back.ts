import type { KubernetesObject } from "../../../../events/change.ts";
import type { MovedObject } from "../../../../events/moves/move-steps.ts";
import { toNamespaceAddress } from "../../../../adapters/kubernetes/api/namespace-address.ts";
import { getObject, getOrGone } from "../../../../adapters/kubernetes/api/objects.ts";
import { deleteExactly, patchExactly } from "../../../../adapters/kubernetes/move/move-writes.ts";
import { isKubemendError } from "../../../../core/errors.ts";
import { forEachConcurrently } from "../../../../core/for-each-concurrently.ts";
import { readField, readList, readOwn } from "../../../../core/json/read-json.ts";
import { readVersion } from "../../../../core/mirror/manifest.ts";
import { MOVED_BY_ANNOTATION } from "../../../../core/move/marks.ts";
import { nameMoved } from "../../../../core/move/moved-object.ts";
import { isPassing } from "../../../../core/move/status/passing-problem.ts";
import { describeByHand, toRefusal } from "../../../../core/move/sentences.ts";
import type { Problem } from "../../../../core/move/status/problem.ts";
import type { SetObject } from "../../../../core/move/set-object.ts";
import { isMovedHere } from "../../../../core/move/to-moved.ts";
import { MOST_AT_ONCE } from "../run/most-at-once.ts";
import { DONE, toLevelsOf, type MoveRun, type PhaseOutcome } from "../run/open-move.ts";
import { readMetadata } from "../run/read-objects.ts";
import { toHeld } from "../run/to-held.ts";
import { isOverdue, toContended, toKeepsChanging, waitForWriters } from "../run/to-contended.ts";
import { resume } from "./resume-copies.ts";

const STEP = "delete the copy";
const KEEP = "keep the last copy";

/** The phase RollingBack: the copies that this move has created are deleted, dependents first, unless the source has lost the object; then the sources are as they were. */
export async function rollBack(run: MoveRun, signal: AbortSignal): Promise<PhaseOutcome> {
  try {
    const outcome = (await keepLastCopies(run, signal)) ?? (await undoMove(run, signal));
    if (outcome.outcome === "done") await noteNamespaces(run, signal);
    if (outcome.outcome !== "problem" || !isAway(outcome.problem.code)) return outcome;
    return { outcome: "problem", problem: addByHand(run, outcome.problem) };
  } catch (error) {
    if (signal.aborted || !isKubemendError(error) || !isAway(error.code)) throw error;
    const problem = toRefusal(run.move.metadata.name, error, { step: STEP });
    return { outcome: "problem", problem: addByHand(run, problem) };
  }
}

/**
 * A Namespace that the move has created stays: others may have put something into it, which would be deleted with it, and no deletion can depend
 * on what is in a Namespace.
 */
async function noteNamespaces(run: MoveRun, signal: AbortSignal): Promise<void> {
  if (run.move.spec.createNamespaces !== true) return;
  const names = new Set(run.objects().flatMap(({ namespace }) => namespace ?? []));
  for (const name of names) {
    const found = await getObject(run.sides.target.client, toNamespaceAddress(name), signal);
    const marks = readField(found, "metadata", "annotations");
    if (readOwn(marks, MOVED_BY_ANNOTATION) !== run.move.metadata.uid) continue;
    run.note(
      `Namespace ${name}: the move has created it in the target, and it stays, because others may use it by now; delete it there if nobody needs it`,
    );
  }
}

function isAway(code: string): boolean {
  return isPassing(code) && code !== "Conflict";
}

function addByHand(run: MoveRun, problem: Problem): Problem {
  return { ...problem, wayOut: `${problem.wayOut}${describeByHand(run.objects())}` };
}

/** Deletes all copies of this Move and resumes the sources, without keeping last copies. */
async function undoMove(run: MoveRun, signal: AbortSignal): Promise<PhaseOutcome> {
  const removed = await removeCopies(run, signal);
  return removed.outcome === "done" ? resume(run, "source", signal) : removed;
}

/** Deletes all copies that have the marks of this Move, dependents first. */
export async function removeCopies(run: MoveRun, signal: AbortSignal): Promise<PhaseOutcome> {
  let undone = 0;
  for (const level of toLevelsOf(run.objects()).toReversed()) {
    const outcome = await removeLevel(run, level, signal);
    if (outcome.outcome !== "done") return outcome;
    undone += level.length;
    run.tally("undone", undone);
    signal.throwIfAborted();
  }
  // Copies that another run has created in between are deleted, too.
  const left = await readMetadata(run, "target", run.objects(), signal);
  const ours = run.objects().find((object) => isLeft(run, object, left.get(object.uid)));
  if (ours !== undefined) {
    if (!isOverdue(run, ours)) {
      const waitsFor = "another run, which still creates copies, to stop";
      return waitForWriters(run, ours, { step: STEP, waitsFor });
    }
    const reason = "its copy is there again each time that the rollback has deleted it";
    const wayOut = "stop the other run of the move";
    return toKeepsChanging(run, ours, { step: STEP, reason, live: [], wayOut });
  }
  return DONE;
}

/**
 * A copy whose source somebody has deleted is the last one, so it stays: it is no longer one of this move, and no owner takes it along whose
 * copy is deleted. A source that is being deleted counts as gone: nothing ends a deletion that was accepted. So does one whose owners are all
 * gone or going, because the garbage collector deletes it, unless they are deleted without what they own. A copy is not the last one if
 * somebody has made the source again.
 */
async function keepLastCopies(
  run: MoveRun,
  signal: AbortSignal,
): Promise<PhaseOutcome | undefined> {
  const objects = run.objects();
  const [sources, copies] = [
    await readMetadata(run, "source", objects, signal),
    await readMetadata(run, "target", objects, signal),
  ];
  // The sources that take along what they own.
  const taking = new Set<string>();
  const keptUids = new Set<string>();
  // Owners first.
  for (const object of objects) {
    const copy = copies.get(object.uid);
    const source = sources.get(object.uid);
    const isGone = source?.uid !== object.uid;
    const isGoing = source?.isTerminating === true;
    const owners = source?.owners ?? [];
    const isCollected = owners.length > 0 && owners.every(({ uid }) => taking.has(uid));
    if (!isGone && !isGoing && !isCollected) continue;
    if (isGone || !source.finalizers.includes("orphan")) taking.add(object.uid);
    const isMadeAgain = isGone && source?.isTerminating === false;
    if (isMadeAgain || copy?.isTerminating !== false || !isLeft(run, object, copy)) continue;
    keptUids.add(copy.uid);
    if (!(await keep(run, object, { keptUids }, signal))) {
      return toContended(run, object, { step: KEEP, side: "target" }, signal);
    }
  }
  return undefined;
}

async function keep(
  run: MoveRun,
  object: MovedObject,
  { keptUids }: { readonly keptUids: ReadonlySet<string> },
  signal: AbortSignal,
): Promise<boolean> {
  const place = run.toPlace("target", object, signal);
  const copy = await getObject(place.client, place.target, signal);
  if (copy === null || !isOurs(run, object, copy)) return true;
  const owners = readList(readField(copy, "metadata", "ownerReferences"));
  const ownerReferences = owners.filter((owner) => keptUids.has(String(readField(owner, "uid"))));
  const annotations = { [MOVED_BY_ANNOTATION]: null };
  const state = { uid: copy.metadata.uid, resourceVersion: readVersion(copy) };
  const metadata = { annotations, ...(owners.length === 0 ? {} : { ownerReferences }) };
  const written = await patchExactly(place, state, { metadata });
  if (written === undefined) return false;
  const paused = object.pause === undefined ? "" : ", paused";
  run.note(
    `${nameMoved(object)}: somebody has deleted it in the source, or all of its owners there, so its copy stays in the target${paused}; move it to the source, or delete it there`,
  );
  return true;
}

function isLeft(run: MoveRun, object: MovedObject, live: SetObject | undefined): boolean {
  return live !== undefined && isOurs(run, object, { metadata: live });
}

async function removeLevel(
  run: MoveRun,
  level: readonly MovedObject[],
  signal: AbortSignal,
): Promise<PhaseOutcome> {
  const live = await readMetadata(run, "target", level, signal);
  const ours = level.filter((object) => isLeft(run, object, live.get(object.uid)));
  let stopped: PhaseOutcome | undefined;
  await forEachConcurrently(ours, MOST_AT_ONCE, async (object) => {
    if (stopped !== undefined || signal.aborted) return;
    const outcome = await removeCopy(run, object, {}, signal);
    if (outcome.outcome !== "done") stopped ??= outcome;
  });
  signal.throwIfAborted();
  return stopped ?? DONE;
}

/**
 * Deletes a copy in exactly the state that was read before its source was found: another run may keep it as the last one meanwhile. `createdUid`:
 * the copy that a run has created, whatever has become of the source; another copy of the object stays.
 *
 * The finalizers that came with a copy are taken off before it is deleted: with one of them on it, its controller in the target would delete what
 * the source stands for, such as a bucket.
 */
export async function removeCopy(
  run: MoveRun,
  object: MovedObject,
  { createdUid }: { readonly createdUid?: string | undefined },
  signal: AbortSignal,
): Promise<PhaseOutcome> {
  const place = run.toPlace("target", object, signal);
  const read = () => getObject(place.client, place.target, signal);
  try {
    const copy = await read();
    if (copy === null || !isOurs(run, object, copy)) return DONE;
    const { uid } = copy.metadata;
    if (createdUid !== undefined && uid !== createdUid) return DONE;
    // The next look keeps it, unless it is being deleted already.
    const isLast = async () =>
      copy.metadata["deletionTimestamp"] === undefined && !(await hasSource(run, object, signal));
    if (createdUid === undefined && (await isLast())) return { outcome: "back", to: "RollingBack" };
    const freed = await takeCopiedOff(run, object, copy, signal);
    const isGoing = freed?.metadata["deletionTimestamp"] !== undefined;
    const isLost =
      freed === undefined ||
      (!isGoing &&
        (await deleteExactly(place, { uid, resourceVersion: readVersion(freed) })) === "lost");
    const going = await read();
    if (going?.metadata.uid !== uid) return DONE;
    if (isLost) return await toContended(run, object, { step: STEP, side: "target" }, signal);
    const reason = "the copy was deleted and is not gone, and the sources stay paused until then";
    return toHeld(run, object, { live: going, step: STEP, side: "target", reason });
  } catch (error) {
    const problem = toRefusal(run.move.metadata.name, error, { object, step: STEP });
    return { outcome: "problem", problem };
  }
}

/** Takes off a copy the finalizers that came with it. The copy afterwards; undefined if others have changed it meanwhile. */
async function takeCopiedOff(
  run: MoveRun,
  object: MovedObject,
  copy: KubernetesObject,
  signal: AbortSignal,
): Promise<KubernetesObject | undefined> {
  const finalizers = readList(readField(copy, "metadata", "finalizers")).map(String);
  const copied = new Set(await readCopied(run, object, finalizers, signal));
  const foreign = finalizers.filter((one) => !copied.has(one));
  if (foreign.length === finalizers.length) return copy;
  const { uid } = copy.metadata;
  const state = { uid, resourceVersion: readVersion(copy) };
  const place = run.toPlace("target", object, signal);
  return patchExactly(place, state, { metadata: { finalizers: foreign } });
}

/** Whether the source cluster has an object of the name that stays there. */
export async function hasSource(
  run: MoveRun,
  object: MovedObject,
  signal: AbortSignal,
): Promise<boolean> {
  const { client, target } = run.toPlace("source", object, signal);
  const source = await getOrGone(client, target, signal);
  return source !== null && readField(source, "metadata", "deletionTimestamp") === undefined;
}

/** The finalizers that the source had, or has got since the move was planned: they came into the target with the copy. */
async function readCopied(
  run: MoveRun,
  object: MovedObject,
  finalizers: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { finalizers: planned = [] } = object;
  if (finalizers.every((one) => planned.includes(one))) return planned;
  const { client, target } = run.toPlace("source", object, signal);
  const source = await getObject(client, target, signal);
  return [...planned, ...readList(readField(source, "metadata", "finalizers")).map(String)];
}

function isOurs(
  { move }: MoveRun,
  object: MovedObject,
  copy: Parameters<typeof isMovedHere>[0],
): boolean {
  return isMovedHere(copy, { moveUid: move.metadata.uid, object });
}
