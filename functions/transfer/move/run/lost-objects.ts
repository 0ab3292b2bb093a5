import type { MovedObject } from "../../../../events/moves/move-steps.ts";
import { nameMoved } from "../../../../core/move/moved-object.ts";
import { toProblem } from "../../../../core/move/sentences.ts";
import type { Problem } from "../../../../core/move/status/problem.ts";
import type { MoveRun, PhaseOutcome } from "./open-move.ts";

/** An object that somebody has deleted in the source while it was moved. */
export function toGone(run: MoveRun, object: MovedObject, step: string): Problem {
  return toProblem(run.move.metadata.name, {
    code: "SourceGone",
    object,
    step,
    reason:
      "it is no longer in the source: somebody has deleted it, or it was created again, since the move was planned",
    wayOut: `end this move with: kubemend move --rollback ${run.move.metadata.name}, and begin another one`,
    isComplete: true,
  });
}

/** An object that somebody deletes in the source before the move does. */
export function toTerminating(run: MoveRun, object: MovedObject, step: string): PhaseOutcome {
  const stays = object.targetUid === undefined ? "" : ", which leaves its copy in the target";
  const problem = toProblem(run.move.metadata.name, {
    code: "Terminating",
    object,
    step,
    reason: "it is being deleted in the source, and what is being deleted does not move",
    wayOut: `end this move with: kubemend move --rollback ${run.move.metadata.name}${stays}, and begin another one when it is gone`,
    isComplete: true,
  });
  return { outcome: "problem", problem };
}

/** Notes an object that no cluster has any more. */
export function noteLost(run: MoveRun, object: MovedObject): void {
  run.note(
    `${nameMoved(object)}: somebody has deleted it in the target after the move had created it there, and the source is gone: no cluster has it`,
  );
}
