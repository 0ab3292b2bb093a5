import type { KubernetesObject } from "../../../events/change.ts";
import type { MovedObject, StoredPause } from "../../../events/moves/move-steps.ts";
import type { CopyPlace, CopyState } from "../../../adapters/kubernetes/mirror/write-copy.ts";
import { patchExactly } from "../../../adapters/kubernetes/move/move-writes.ts";
import { isKubemendError, KubemendError } from "../../../core/errors.ts";
import { forEachConcurrently } from "../../../core/for-each-concurrently.ts";
import { readVersion } from "../../../core/mirror/manifest.ts";
import {
  isPaused,
  isSamePauseValue,
  storePauseValue,
  toPausePatch,
} from "../../../core/move/pause-value.ts";
import { toProblem, toRefusal, type Problem } from "../../../core/move/sentences.ts";
import { MOST_AT_ONCE } from "./most-at-once.ts";
import { hasDeleted, type MoveRun, type PhaseOutcome } from "./move-run.ts";
import { readWhole } from "./read-objects.ts";
import { toContended } from "./to-contended.ts";
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

/**
 * Pauses exactly the object that was read; false if it is gone or has changed. Throws UnknownField if the API server accepts the pause and
 * drops it, because objects of the resource have no such field: the move would try for ever.
 */
export async function pauseExactly(
  place: CopyPlace,
  live: CopyState,
  pause: StoredPause,
): Promise<boolean> {
  const written = await patchExactly(place, live, toPausePatch(pause));
  if (written === undefined || isPaused(written, pause)) return written !== undefined;
  const message = `the API server has accepted the pause, and ${pause.field ?? pause.annotation ?? "its place"} is not set in its answer: such objects have no field of that name, or admission removes it`;
  throw new KubemendError("UnknownField", message, { retryable: false });
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
    isEnd: true,
  });
}

/** An object that somebody has deleted in the source while it was moved. */
export function toGone(run: MoveRun, object: MovedObject, step: string): Problem {
  return toProblem(run.move.metadata.name, {
    code: "SourceGone",
    object,
    step,
    reason:
      "it is no longer in the source: somebody has deleted it, or it was created again, since the move was planned",
    wayOut: `end this move with: kubemend move --rollback ${run.move.metadata.name}, and begin another one`,
    isEnd: true,
  });
}
