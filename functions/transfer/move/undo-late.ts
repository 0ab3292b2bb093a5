import type { Move } from "../../../events/moves/move.ts";
import { KubemendError } from "../../../core/errors.ts";
import { isTakenBack, readPhase } from "../../../core/move/status/phase.ts";
import type { MoveRun } from "./run/open-move.ts";
import { removeCopy, undoMove } from "./phases/roll-back.ts";

const ATTEMPTS = 5;

/** Whether another run has rolled the Move back while this one was in a phase that writes what a rollback takes back. */
export function isUndone({ move }: Pick<MoveRun, "move">, ended: Move): boolean {
  return ended.status?.phase === "RolledBack" && isTakenBack(readPhase(move));
}

/**
 * Takes back what this run has written after another one had rolled the Move back: it was suspended before a request, and no request to
 * one cluster can depend on what another cluster stores. Throws Conflict if that does not succeed.
 */
export async function undoLate(run: MoveRun, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const { outcome } = await undoMove(run, signal);
    if (outcome === "done") return;
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
  for (const object of late) {
    let outcome = await removeCopy(run, object, signal);
    for (let attempt = 1; attempt < ATTEMPTS && outcome.outcome !== "done"; attempt += 1) {
      outcome = await removeCopy(run, object, signal);
    }
    if (outcome.outcome !== "done") throw toNotTakenBack(run, "ended");
  }
}

function toNotTakenBack({ move }: MoveRun, what: string): KubemendError {
  const { name, uid } = move.metadata;
  return new KubemendError(
    "Conflict",
    `the Move ${name} was ${what} by another run while this one was suspended, and what this one wrote afterwards could not be taken back: delete the objects in the target that have the annotation kubemend.dev/moved-by: ${uid}, and look at whether the sources are paused`,
    { retryable: false },
  );
}
