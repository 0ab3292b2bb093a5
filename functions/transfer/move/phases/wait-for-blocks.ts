import { findBlocked } from "../../../../core/move/blocks.ts";
import type { PlanProblem } from "../../../../core/move/plan/plan-problems.ts";
import { toProblem } from "../../../../core/move/sentences.ts";
import { readOptedOut } from "../plan/read-opted-out.ts";
import { DONE, hasDeleted, type MoveRun, type PhaseOutcome } from "../run/open-move.ts";
import { readMetadata } from "../run/read-objects.ts";

/** The phase Waiting: no object has an annotation that blocks the move. Nothing is changed. */
export async function waitForBlocks(run: MoveRun, signal: AbortSignal): Promise<PhaseOutcome> {
  const { move, now } = run;
  const live = await readMetadata(run, "source", run.objects(), signal);
  if (run.heedsOptOut === true && !hasDeleted(run)) {
    const [optedOut] = await readOptedOut(run.sides, [...live.values()], signal);
    if (optedOut !== undefined) return toOptedOut(run, optedOut);
  }
  const [blocked] = findBlocked([...live.values()], move.spec);
  if (blocked === undefined) return DONE;
  const { object, annotation } = blocked;
  const waitedMs = now() - Date.parse(move.status?.since ?? "");
  if (waitedMs <= run.deadlineMs("block")) {
    const waitsFor = `its annotation ${annotation} to be taken away`;
    return { outcome: "wait", current: { object, doing: "wait for its block", waitsFor } };
  }
  const problem = toProblem(move.metadata.name, {
    code: "Blocked",
    step: "wait for blocks",
    reason: `${object} still has the annotation ${annotation}`,
    holds: `annotation ${annotation}`,
    wayOut: "take it away, or wait until the one who set it does",
  });
  return { outcome: "problem", problem: { ...problem, object } };
}

function toOptedOut(run: MoveRun, { object, ...optedOut }: PlanProblem): PhaseOutcome {
  const problem = toProblem(run.move.metadata.name, { ...optedOut, step: "wait for blocks" });
  return { outcome: "problem", problem: { ...problem, object } };
}
