import type { MovedObject } from "../../../events/moves/move-steps.ts";
import { getObject } from "../../../adapters/kubernetes/api/objects.ts";
import { patchExactly } from "../../../adapters/kubernetes/move/move-writes.ts";
import { forEachConcurrently } from "../../../core/for-each-concurrently.ts";
import { readVersion } from "../../../core/mirror/manifest.ts";
import { nameMoved } from "../../../core/move/moved-object.ts";
import { isPaused, isResumed, toResumePatch } from "../../../core/move/pause-value.ts";
import { toProblem, toRefusal } from "../../../core/move/sentences.ts";
import { MOST_AT_ONCE } from "./most-at-once.ts";
import { DONE, toLevelsOf, type MoveRun, type PhaseOutcome } from "./move-run.ts";
import { toContended } from "./to-contended.ts";

/** The phase Resuming: the copies get the values before the pause, dependents first, so that an owner finds all that it owns. */
export function resumeCopies(run: MoveRun, signal: AbortSignal): Promise<PhaseOutcome> {
  return resume(run, "target", signal);
}

/**
 * Restores the value before the pause in the objects of one side. One that somebody has deleted there, or has created again since, has none:
 * the move says so and ends, unless the target has nothing at all.
 */
export async function resume(
  run: MoveRun,
  side: "source" | "target",
  signal: AbortSignal,
): Promise<PhaseOutcome> {
  // One of which no value was stored was not paused.
  const paused = run.objects().filter(({ pause, state }) => pause && state !== "Planned");
  let resumed = 0;
  for (const level of toLevelsOf(paused).toReversed()) {
    let stopped: PhaseOutcome | undefined;
    await forEachConcurrently(level, MOST_AT_ONCE, async (object) => {
      if (stopped !== undefined || signal.aborted) return;
      const outcome = await resumeOne(run, side, object, signal);
      if (outcome.outcome === "done") resumed += 1;
      else stopped ??= outcome;
    });
    signal.throwIfAborted();
    run.tally("resumed", resumed);
    if (stopped !== undefined) return stopped;
  }
  return DONE;
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
    const live = await getObject(place.client, place.target, signal);
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
    // Somebody who has resumed it since, or has set another value, has decided.
    if (isResumed(live, pause) || !isPaused(live, pause)) return DONE;
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
