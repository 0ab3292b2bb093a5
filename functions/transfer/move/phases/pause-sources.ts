import type { KubernetesObject } from "../../../../events/change.ts";
import type { MovedObject } from "../../../../events/moves/move-steps.ts";
import { isKubemendError } from "../../../../core/errors.ts";
import { forEachConcurrently } from "../../../../core/for-each-concurrently.ts";
import { readVersion } from "../../../../core/mirror/manifest.ts";
import { isPaused, isSamePauseValue, storePauseValue } from "../../../../core/move/pause-value.ts";
import { toProblem, toRefusal } from "../../../../core/move/sentences.ts";
import type { Problem } from "../../../../core/move/status/problem.ts";
import { pauseExactly } from "../../../../adapters/kubernetes/move/pause-exactly.ts";
import { toGone } from "../run/lost-objects.ts";
import { MOST_AT_ONCE } from "../run/most-at-once.ts";
import { hasDeleted, type MoveRun, type PhaseOutcome } from "../run/open-move.ts";
import { readWhole } from "../run/read-objects.ts";
import { toContended } from "../run/to-contended.ts";
import { waitForBlocks } from "./wait-for-blocks.ts";

const STEP = "pause the source";

/**
 * The phase Pausing: the value in each source is stored before its pause is written. A controller may block an object because it has seen
 * that it is paused, so blocks are looked for afterwards, too.
 */
export async function pauseSources(run: MoveRun, signal: AbortSignal): Promise<PhaseOutcome> {
  const known = run.objects().filter(({ pause }) => pause !== undefined);
  const live = await readWhole(run, "source", known, signal);
  const problem = recordValues(run, known, live);
  if (problem !== undefined) return { outcome: "problem", problem };
  await run.flush(signal);
  const pausable = known.filter(({ uid }) => live.get(uid)?.metadata.uid === uid);
  const problems: Problem[] = [];
  const paused = new Set<string>();
  await forEachConcurrently(pausable, MOST_AT_ONCE, async ({ uid }) => {
    const object = run.find(uid);
    const source = live.get(uid);
    if (object === undefined || source === undefined || problems.length > 0) return;
    try {
      if (await pause(run, object, source, signal)) paused.add(uid);
    } catch (error) {
      problems.push(toRefusedPause(run.move.metadata.name, error, object));
    }
  });
  run.tally("paused", paused.size);
  const [refused] = problems;
  if (refused !== undefined) return { outcome: "problem", problem: refused };
  // Somebody has written an object in between: it is looked at again.
  const contended = pausable.find(({ uid }) => !paused.has(uid));
  if (contended !== undefined) {
    return toContended(run, contended, { step: STEP, side: "source" }, signal);
  }
  return waitForBlocks(run, signal);
}

/** The value in the source is stored as long as the move has not paused it. */
function recordValues(
  run: MoveRun,
  objects: readonly MovedObject[],
  live: ReadonlyMap<string, KubernetesObject>,
): Problem | undefined {
  for (const object of objects) {
    const source = live.get(object.uid);
    if (source?.metadata.uid !== object.uid) {
      if (hasDeleted(run)) continue;
      return toGone(run, object, STEP);
    }
    const { pause } = object;
    if (pause === undefined) continue;
    if (object.state === "Planned" || !isPaused(source, pause)) {
      const stored = storePauseValue(source, pause);
      const isStored = object.state === "Paused" && isSamePauseValue(stored, pause);
      if (!isStored) run.set({ ...object, pause: stored, state: "Paused" });
    }
  }
  return undefined;
}

async function pause(
  run: MoveRun,
  object: MovedObject,
  source: KubernetesObject,
  signal: AbortSignal,
): Promise<boolean> {
  if (object.pause === undefined || isPaused(source, object.pause)) return true;
  const live = { uid: object.uid, resourceVersion: readVersion(source) };
  const place = run.toPlace("source", object, signal);
  return pauseExactly(place, live, object.pause);
}

/** A pause that the API server drops cannot be mended in this Move: its spec does not change. */
function toRefusedPause(move: string, error: unknown, object: MovedObject): Problem {
  if (!isKubemendError(error, "UnknownField")) {
    return toRefusal(move, error, { object, step: STEP });
  }
  return toProblem(move, {
    code: "CannotPause",
    object,
    step: STEP,
    reason: error.message,
    wayOut: `end this move with: kubemend move --rollback ${move}, and begin another one that names another place (pause, --pause)`,
    isComplete: true,
  });
}
