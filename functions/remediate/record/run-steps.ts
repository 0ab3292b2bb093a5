import type { RecordStatus } from "../../../events/remediation.ts";
import type { RemediationMode } from "../../../events/request.ts";
import type { WriteOperation } from "../../../core/operations/operation.ts";
import type { Executor } from "../../../adapters/kubernetes/remediation/executor.ts";
import { planNextStep } from "../../../core/records/next-step.ts";
import { parsePlan } from "../../../core/records/plan.ts";
import { toStarted, toStepEnded, type StepOutcome } from "../../../core/records/step-progress.ts";
import { hasBegun, isWrite } from "../../../core/records/target.ts";
import { withWrites } from "../../../core/records/stages/written-objects.ts";
import { toWaiting } from "../../../core/records/wait.ts";
import type { HeldRecord } from "./held-record.ts";
import { toTime, type RemediateDeps, type RemediationResult, type Run } from "./run.ts";
import { saveEnd, saveWait } from "./save-outcome.ts";
import { takeTarget } from "./take-target.ts";
import { countMatch, leaveGuards, passGuards, withHold } from "./pass-guards.ts";

/** Executes a plan from its first step that has not ended, until the record ends or waits. Each step is saved before its write. */
export async function runSteps(
  held: HeldRecord,
  planned: RecordStatus,
  executor: Executor,
  deps: RemediateDeps,
  run: Run,
): Promise<RemediationResult> {
  let status = planned;
  let would: string | undefined;
  for (;;) {
    const operations = parsePlan(status);
    if (!operations.ok) {
      const message = `the stored plan cannot be read: ${operations.error}`;
      return saveEnd(held, { phase: "Failed", reason: "PlanUnreadable", message }, deps, run);
    }
    const { mode } = held.record().spec;
    const next = planNextStep(status, operations.value, mode);
    if (next.outcome === "finished") {
      if (!hasBegun(status)) await countMatch(held, status, deps, run);
      return saveEnd(held, withHold(next.end, would), deps, run, status);
    }
    const { index, operation, problem } = next;
    const before = status;
    if (isWrite(operation) && !hasBegun(before)) {
      const refused = await tryFirst(operations.value, index, held, executor, deps, run);
      if (refused !== undefined) {
        // It was only tried, and has not been started: guards and target are asked for before the first write of `onFailure`.
        status = toStepEnded(status, index, refused, toTime(deps));
        held.keep(status);
        continue;
      }
      const guarded = await passGuards(held, before, operations.value, deps, run);
      if (guarded.outcome === "held") return guarded.result;
      if (guarded.outcome === "instead") {
        return runSteps(held, guarded.status, executor, deps, run);
      }
      would = guarded.would;
    }
    status = toStarted(status, index, toTime(deps));
    // Also of a stage that has just begun.
    if (isWrite(operation)) status = withWrites(status, held.record());
    held.keep(status);
    if (operation.type === "onFailure") {
      // Loaded only here: few remediations fail, and few rules say what to do then.
      const { beginStage } = await import("./begin-stage.ts");
      const begun = await beginStage(held, status, { index, operation }, deps, run);
      if ("result" in begun) return begun.result;
      ({ status } = begun);
      held.keep(status);
      continue;
    }
    if (operation.type !== "verify" && operation.type !== "awaitGone") {
      const lost = await held.save(status, run.signal);
      if (lost !== undefined) return lost;
    }
    if (isWrite(operation) && !hasBegun(before)) {
      const other = await takeTarget(held, before, deps, run);
      if (other !== undefined) {
        await leaveGuards(held, other, deps, run);
        return other;
      }
    }
    if (operation.type === "fanOut") {
      // Loaded only here: most rules have one target.
      const { runTargets } = await import("./run-targets.ts");
      const ran = await runTargets(held, status, { index, operation }, deps, run);
      if ("result" in ran) return ran.result;
      status = await withPreview(ran.status, operation, mode);
      held.keep(status);
      continue;
    }
    const step = status.steps?.[index];
    const { changed } = run;
    const context = { record: held.record(), now: toTime(deps), problem, step, status, changed };
    const outcome = await executor.execute(operation, context, run.signal);
    if (outcome.outcome === "wait") return saveWait(held, toWaiting(status, outcome), run);
    status = toStepEnded(status, index, outcome, toTime(deps));
    status = await withPreview(status, operation, mode, outcome);
    held.keep(status);
  }
}

/** Why the plan must not begin with its first write: what is deleted could not be replaced. */
async function tryFirst(
  operations: readonly WriteOperation[],
  index: number,
  held: HeldRecord,
  executor: Executor,
  deps: RemediateDeps,
  run: Run,
): Promise<StepOutcome | undefined> {
  const first = operations[index];
  const isReplacing = first?.type === "delete" && first.unlessEnded === true;
  if (!isReplacing || held.record().spec.mode === "dryRun") return undefined;
  // Loaded only here: few rules replace what is running.
  const { tryCreation } = await import("./try-creation.ts");
  return tryCreation(operations.slice(index + 1), held, { executor, now: toTime(deps) }, run);
}

/** A dry run keeps what the API server answered to a step. */
async function withPreview(
  status: RecordStatus,
  operation: WriteOperation,
  mode: RemediationMode,
  outcome: StepOutcome = { outcome: "done" },
): Promise<RecordStatus> {
  if (mode !== "dryRun") return status;
  const { keepPreview } = await import("./keep-preview.ts");
  return keepPreview(status, operation, outcome);
}
