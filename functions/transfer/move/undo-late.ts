import type { Move, MovePhase } from "../../../events/moves/move.ts";
import { KubemendError } from "../../../core/errors.ts";
import type { MoveRun } from "./move-run.ts";
import { undoMove } from "./roll-back.ts";

/** The phases whose writes a rollback takes back. */
const TAKEN_BACK: ReadonlySet<MovePhase | undefined> = new Set(["Pausing", "Creating"]);
const ATTEMPTS = 5;

/** Whether another run has rolled the Move back while this one was in a phase that writes what a rollback takes back. */
export function isUndone({ move }: Pick<MoveRun, "move">, ended: Move): boolean {
  return ended.status?.phase === "RolledBack" && TAKEN_BACK.has(move.status?.phase);
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
  const { name, uid } = run.move.metadata;
  throw new KubemendError(
    "Conflict",
    `the Move ${name} was rolled back by another run while this one was suspended, and what this one wrote afterwards could not be taken back: delete the objects in the target that have the annotation kubemend.dev/moved-by: ${uid}, and look at whether the sources are paused`,
    { retryable: false },
  );
}
