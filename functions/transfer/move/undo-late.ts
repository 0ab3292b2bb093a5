import type { Move } from "../../../events/moves/move.ts";
import type { MovedObject } from "../../../events/moves/move-steps.ts";
import { KubemendError } from "../../../core/errors.ts";
import { isTakenBack, readPhase } from "../../../core/move/status/phase.ts";
import type { MoveRun } from "./run/open-move.ts";
import { hasSource, removeCopies, removeCopy } from "./phases/roll-back.ts";
import { resume } from "./phases/resume-copies.ts";

const ATTEMPTS = 5;

/** Whether another run has rolled the Move back while this one was in a phase that writes what a rollback takes back. */
export function isUndone({ move }: Pick<MoveRun, "move">, ended: Move): boolean {
  return ended.status?.phase === "RolledBack" && isTakenBack(readPhase(move));
}

/**
 * Takes back what this run has written after another one had rolled the Move back: it was suspended before a request, and no request to
 * one cluster can depend on what another cluster stores. `last`: what it knew. Throws Conflict if that does not succeed.
 */
export async function undoLate(last: MoveRun, run: MoveRun, signal: AbortSignal): Promise<void> {
  // Only that phase pauses sources: a pause after a later one is somebody else's.
  const hasPaused = readPhase(last.move) === "Pausing";
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const removed = await removeCopies(run, signal);
    if (removed.outcome !== "done") continue;
    if (!hasPaused || (await resume(run, "source", signal)).outcome === "done") return;
  }
  throw toNotTakenBack(run, "rolled back");
}

/**
 * Deletes the copies that a run has created after another one had ended the Move as moved, when the target had lost the object again: it
 * may have been moved on, and would be active in two clusters. Throws Conflict if that does not succeed.
 */
export async function undoLateCopies(
  last: MoveRun,
  run: MoveRun,
  signal: AbortSignal,
): Promise<void> {
  const late = last
    .objects()
    .filter(
      ({ uid, targetUid }) => targetUid !== undefined && run.find(uid)?.targetUid !== targetUid,
    );
  for (const object of late) await removeCreated(run, object, signal);
}

/**
 * Deletes the copies that a run has created, and whose source is still there, after its Move was deleted: another run had rolled it back
 * before. Throws Conflict if that does not succeed.
 */
export async function undoOfDeleted(last: MoveRun, signal: AbortSignal): Promise<void> {
  for (const object of last.objects()) {
    if (object.targetUid === undefined || !(await hasSource(last, object, signal))) continue;
    await removeCreated(last, object, signal);
  }
}

/** Deletes the copy that a run knows of an object. One that another run has created in its place stays: it may be the only one. */
async function removeCreated(
  run: MoveRun,
  object: MovedObject,
  signal: AbortSignal,
): Promise<void> {
  const createdUid = object.targetUid;
  if (createdUid === undefined) return;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const { outcome } = await removeCopy(run, object, { createdUid }, signal);
    if (outcome === "done") return;
  }
  throw toNotTakenBack(run, "ended");
}

function toNotTakenBack({ move }: MoveRun, what: string): KubemendError {
  const { name, uid } = move.metadata;
  return new KubemendError(
    "Conflict",
    `the Move ${name} was ${what} by another run while this one was suspended, and what this one wrote afterwards could not be taken back: delete the objects in the target that have the annotation kubemend.dev/moved-by: ${uid}, and look at whether the sources are paused`,
    { retryable: false },
  );
}
