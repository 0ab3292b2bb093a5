import { findRunningJobs } from "../../../../adapters/kubernetes/move/find-running-jobs.ts";
import { findBlocked, type Block } from "../../../../core/move/blocks.ts";
import type { Problem } from "../../../../core/move/status/problem.ts";
import type { SetObject } from "../../../../core/move/set-object.ts";
import { toProblem } from "../../../../core/move/sentences.ts";
import { toResourceName } from "../../../../core/references/resource-name.ts";
import { readOptedOut } from "../plan/read-opted-out.ts";
import { DONE, hasDeleted, type MoveRun, type PhaseOutcome } from "../run/open-move.ts";
import { readMetadata } from "../run/read-objects.ts";

const STEP = "wait for blocks";

/** The phase Waiting: no object has an annotation that blocks the move, and no Job of a CronJob runs. Nothing is changed. */
export async function waitForBlocks(run: MoveRun, signal: AbortSignal): Promise<PhaseOutcome> {
  const { move } = run;
  const live = await readMetadata(run, "source", run.objects(), signal);
  const optedOut = await heedOptOuts(run, [...live.values()], signal);
  if (optedOut.outcome !== "done") return optedOut;
  const [blocked] = findBlocked([...live.values()], move.spec);
  return blocked === undefined ? waitForJobs(run, signal) : toBlocked(run, blocked);
}

/** The owners of these objects and namespaces decide as long as nothing is deleted. `done`: none of them has opted out. */
export async function heedOptOuts(
  run: MoveRun,
  live: readonly SetObject[],
  signal: AbortSignal,
): Promise<PhaseOutcome> {
  if (run.heedsOptOut !== true || hasDeleted(run)) return DONE;
  const [found] = await readOptedOut(run.sides, live, signal);
  if (found === undefined) return DONE;
  const { object, ...optedOut } = found;
  const problem = toProblem(run.move.metadata.name, { ...optedOut, step: STEP });
  return { outcome: "problem", problem: { ...problem, object } };
}

/**
 * A Job that a CronJob has begun would be deleted with it, in the middle of its work. `done`: all of them have ended.
 */
export async function waitForJobs(run: MoveRun, signal: AbortSignal): Promise<PhaseOutcome> {
  const { client } = run.sides.source;
  const cronJobs = run.objects().filter((one) => toResourceName(one) === "cronjobs.batch");
  const [running] = await findRunningJobs(client, cronJobs, signal);
  return running === undefined ? DONE : toBlocked(run, running);
}

function toBlocked(run: MoveRun, block: Block): PhaseOutcome {
  const { move, now } = run;
  const { object } = block;
  const waitedMs = now() - Date.parse(move.status?.since ?? "");
  if (waitedMs <= run.deadlineMs("block")) {
    return { outcome: "wait", current: { object, doing: "wait for its block", ...toWait(block) } };
  }
  const why = toReason(block);
  const problem = toProblem(move.metadata.name, { code: "Blocked", step: STEP, ...why });
  return { outcome: "problem", problem: { ...problem, object } };
}

function toWait(block: Block): { readonly waitsFor: string } {
  return "job" in block
    ? { waitsFor: `its ${block.job} to end, which would be deleted with it` }
    : { waitsFor: `its annotation ${block.annotation} to be taken away` };
}

function toReason(block: Block): Pick<Problem, "reason" | "holds" | "wayOut"> {
  const { object } = block;
  if ("job" in block) {
    return {
      reason: `${block.job} still runs, and would be deleted with ${object}, in the middle of its work`,
      holds: block.job,
      wayOut: "wait until it has ended, or delete it if it need not be done",
    };
  }
  return {
    reason: `${object} still has the annotation ${block.annotation}`,
    holds: `annotation ${block.annotation}`,
    wayOut: "take it away, or wait until the one who set it does",
  };
}
