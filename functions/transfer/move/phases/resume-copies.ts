import type { MovedObject } from "../../../../events/moves/move-steps.ts";
import { getObject, getOrGone, toWhole } from "../../../../adapters/kubernetes/api/objects.ts";
import { patchExactly } from "../../../../adapters/kubernetes/move/move-writes.ts";
import { readVersion } from "../../../../core/mirror/manifest.ts";
import { findWriters } from "../../../../core/move/find-writers.ts";
import { nameMoved } from "../../../../core/move/moved-object.ts";
import { isPaused, isResumed, toResumePatch } from "../../../../core/move/pause-value.ts";
import { toProblem, toRefusal, toResumeCommand } from "../../../../core/move/sentences.ts";
import { limitText } from "../../../../core/text/limit-text.ts";
import { isMovedHere } from "../../../../core/move/to-moved.ts";
import { noteLost } from "../run/lost-objects.ts";
import { DONE, toLevelsOf, type MoveRun, type PhaseOutcome } from "../run/open-move.ts";
import { readMetadata } from "../run/read-objects.ts";
import { toContended } from "../run/to-contended.ts";
import { holdOwners, isAway, toOutcome, workOnEach, type Trouble } from "../run/work-on-each.ts";

const MADE_AGAIN =
  "somebody has made an object of its name in the source again since the move has deleted it";
/** The most characters of the field managers that a problem names. */
const WRITERS_MAX = 1_000;

/**
 * The phase Resuming: the copies get the values before the pause, dependents first, so that an owner finds all that it owns. Before that the
 * source is looked at for objects that others have made again, and afterwards the target for copies that are gone.
 */
export async function resumeCopies(run: MoveRun, signal: AbortSignal): Promise<PhaseOutcome> {
  const doubled = await findMadeAgain(run, signal);
  const outcome = await resume(run, "target", signal, doubled);
  if (outcome.outcome === "done") await noteMissing(run, signal);
  return outcome;
}

/** Objects of the same names in the source: the copy of one that can be paused stays paused, so that only one of them is active. */
async function findMadeAgain(run: MoveRun, signal: AbortSignal): Promise<readonly Trouble[]> {
  const live = await readMetadata(run, "source", run.objects(), signal);
  const again = run.objects().filter(({ uid }) => live.get(uid)?.isTerminating === false);
  for (const object of again.filter(({ pause }) => pause === undefined)) {
    run.note(`${nameMoved(object)}: ${MADE_AGAIN}; it is in both clusters`);
  }
  const pausable = again.filter(({ pause }) => pause !== undefined);
  return workOnEach(run, pausable, signal, (object) => toMadeAgain(run, object, signal));
}

async function toMadeAgain(
  run: MoveRun,
  object: MovedObject,
  signal: AbortSignal,
): Promise<PhaseOutcome> {
  const { client, target } = run.toPlace("source", object, signal);
  const writers = findWriters(await getObject(client, target, signal)).join(", ");
  const problem = toProblem(run.move.metadata.name, {
    code: "MadeAgain",
    object,
    step: "resume in the target",
    reason: `${MADE_AGAIN}, and both would be active`,
    ...(writers === "" ? {} : { holds: limitText(writers, WRITERS_MAX) }),
    wayOut: "stop the one who makes it there (GitOps, Helm, its controller), and delete it there",
  });
  return { outcome: "problem", problem };
}

async function noteMissing(run: MoveRun, signal: AbortSignal): Promise<void> {
  const live = await readMetadata(run, "target", run.objects(), signal);
  for (const object of run.objects()) {
    if (!live.has(object.uid)) noteLost(run, object);
  }
}

/**
 * Restores the value before the pause in the objects of one side. One that somebody has deleted there, or has created again since, has no value
 * to restore: the move says so and ends, unless the target has nothing at all. One that cannot be resumed, or is not to be (`kept`), holds up its
 * owners, and nothing else.
 */
export async function resume(
  run: MoveRun,
  side: "source" | "target",
  signal: AbortSignal,
  kept: readonly Trouble[] = [],
): Promise<PhaseOutcome> {
  const all: Trouble[] = [...kept];
  const held = new Set(kept.map(({ object }) => object.uid));
  let resumed = 0;
  for (const level of toLevelsOf(run.objects()).toReversed()) {
    const ready = level.filter((object) => isPausedByMove(object) && !held.has(object.uid));
    const troubles = await workOnEach(run, ready, signal, async (object) => {
      const outcome = await resumeOne(run, side, object, signal);
      if (outcome.outcome === "done") resumed += 1;
      return outcome;
    });
    all.push(...troubles);
    run.tally("resumed", resumed);
    if (isAway(troubles)) break;
    holdOwners(held, level, troubles);
  }
  return toOutcome(all);
}

/** Planned: no value was stored, so it was not paused. */
function isPausedByMove({ pause, state }: MovedObject): boolean {
  return pause !== undefined && state !== "Planned";
}

async function resumeOne(
  run: MoveRun,
  side: "source" | "target",
  object: MovedObject,
  signal: AbortSignal,
): Promise<PhaseOutcome> {
  const step = `resume in the ${side}`;
  const place = run.toPlace(side, object, signal);
  const uid = side === "source" ? object.uid : object.targetUid;
  const { pause } = object;
  if (pause === undefined) return DONE;
  try {
    // A proxy between may answer "not found" to everything, and an object that is taken for gone stays paused.
    const live = toWhole(await getOrGone(place.client, place.target, signal), place.target);
    if (live?.metadata.uid !== uid && (side === "source" || live !== null)) {
      run.note(
        `${nameMoved(object)}: somebody has deleted it in the ${side} since it was paused, and it was not resumed; look at whatever is there now`,
      );
      return DONE;
    }
    if (live === null) {
      const problem = toProblem(run.move.metadata.name, {
        code: "Gone",
        object,
        step,
        reason: `the ${side} does not have it any more: somebody has deleted it there`,
        wayOut: "create it again there, without its pause",
      });
      return { outcome: "problem", problem };
    }
    const marks = { moveUid: run.move.metadata.uid, object };
    if (side === "target" && !isMovedHere(live, marks)) {
      run.note(
        `${nameMoved(object)}: what the target has at its place lacks the marks of this move, and was not resumed; look at it`,
      );
      return DONE;
    }
    // Somebody who has resumed it since, or has set another value, has decided.
    if (isResumed(live, pause) || !isPaused(live, pause)) return DONE;
    // Its controller would delete what it stands for, and the copy in the target is for the same thing.
    if (side === "source" && live.metadata["deletionTimestamp"] !== undefined) {
      run.note(
        `${nameMoved(object)}: it is being deleted in the source and stays paused there, so that its controller does not delete what the object stands for; if it is to, end the pause there: ${toResumeCommand(object, pause)}`,
      );
      return DONE;
    }
    const state = { uid: live.metadata.uid, resourceVersion: readVersion(live) };
    if ((await patchExactly(place, state, toResumePatch(pause, live))) !== undefined) return DONE;
    return await toContended(run, object, { step, side }, signal);
  } catch (error) {
    return {
      outcome: "problem",
      problem: toRefusal(run.move.metadata.name, error, { object, step }),
    };
  }
}
