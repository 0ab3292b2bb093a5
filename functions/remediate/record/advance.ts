import type { RecordStatus, RemediationRecord } from "../../../events/remediation.ts";
import {
  createExecutor,
  type Executor,
} from "../../../adapters/kubernetes/remediation/executor.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { readApproval } from "../../../core/records/approval.ts";
import { planClaim, toReleased } from "../../../core/records/claim.ts";
import { toWaiting } from "../../../core/records/wait.ts";
import { parsePlan, withPlan, type WritePlan } from "../../../core/records/plan.ts";
import { planNextStep } from "../../../core/records/next-step.ts";
import { toEnded, type RecordEnd } from "../../../core/records/record-end.ts";
import { toStarted, toStepEnded } from "../../../core/records/step-progress.ts";
import { askApproval } from "./ask-approval.ts";
import { openHeldRecord, type HeldRecord } from "./held-record.ts";
import { isTemporary } from "../plan/is-temporary.ts";
import { confirmMatch } from "../plan/live-match.ts";
import { planRemediation } from "../plan/plan-remediation.ts";
import type { RemediateDeps, RemediationResult, Run } from "./run.ts";

/** How long a claim outlives its function: a frozen process may still complete a request that it had sent. */
const HOLD_MARGIN_MS = 30_000;
/** Time to release a claim after a failure, when the run's own time may be over. */
const RELEASE_TIMEOUT_MS = 2_000;

/**
 * Advances a record as far as possible: checks the live state, stores the plan, then executes it step by step, each saved as started
 * before its write and as ended after it, until the record ends or waits. The claim is part of the first save, which is before the
 * first write. If a run dies between two of these, the next run continues from what is stored. Throws if a retry may help, after
 * releasing the claim.
 */
export async function advance(
  record: RemediationRecord,
  deps: RemediateDeps,
  run: Run,
): Promise<RemediationResult> {
  const claim = planClaim(record, {
    holder: run.holder,
    now: toTime(deps),
    holdMs: run.deadlineMs - deps.now() + HOLD_MARGIN_MS,
    changed: run.changed,
  });
  switch (claim.outcome) {
    case "ended":
      return { outcome: "over", record };
    case "parked":
      return { outcome: "parked", phase: claim.phase };
    case "held":
    case "waiting":
      return { outcome: "waiting", record, until: claim.until };
    case "claim": {
      const held = openHeldRecord(deps.records, record, claim.status);
      // A change matters only to a waiting record.
      const changed = record.status?.phase === "Waiting" ? run.changed : undefined;
      return carryOutHeld(held, deps, { ...run, changed });
    }
  }
}

async function carryOutHeld(
  held: HeldRecord,
  deps: RemediateDeps,
  run: Run,
): Promise<RemediationResult> {
  try {
    return await carryOut(held, deps, run);
  } catch (error) {
    if (!isTemporary(error) && isKubemendError(error)) {
      const { code: reason, message } = error;
      return end(held, { phase: "Failed", reason, message }, deps, run);
    }
    await release(held);
    throw error;
  }
}

async function carryOut(
  held: HeldRecord,
  deps: RemediateDeps,
  run: Run,
): Promise<RemediationResult> {
  const executor = createExecutor(deps);
  const status = held.status();
  if (status.plan !== undefined) return continueStored(held, executor, deps, run);
  const planDeps = { ...deps, executor, now: toTime(deps) };
  const planned = await planRemediation(held.record(), planDeps, run.signal);
  switch (planned.outcome) {
    case "end":
      return end(held, planned.end, deps, run);
    case "wait":
      return wait(held, toWaiting(status, planned.wait), run);
    case "plan": {
      const { plan, rule } = planned;
      if (!needsApproval(held.record(), plan)) {
        return runSteps(held, withPlan(status, plan), executor, deps, run);
      }
      // The alerts are sent before the plan is saved, so the claim must be saved first.
      const lost = await held.save(status, run.signal);
      if (lost !== undefined) return lost;
      const request = { record: held.record(), status, plan, rule, executor, now: toTime(deps) };
      const asked = await askApproval(request, run.signal);
      return asked.ok
        ? wait(held, asked.value, run)
        : runSteps(held, withPlan(status, asked.error), executor, deps, run);
    }
  }
}

function needsApproval({ spec }: RemediationRecord, { problem, operations }: WritePlan): boolean {
  const writes = operations.some(({ type }) => type !== "alert" && type !== "verify");
  return spec.mode === "approval" && problem === undefined && writes;
}

/** Continues a stored plan. One that needs approval starts only after the decision, and if the rule still matches. */
async function continueStored(
  held: HeldRecord,
  executor: Executor,
  deps: RemediateDeps,
  run: Run,
): Promise<RemediationResult> {
  const record = held.record();
  const status = held.status();
  const isAsked = status.preview !== undefined && status.approvedBy === undefined;
  if (!isAsked) return runSteps(held, status, executor, deps, run);
  const decided = readApproval(record, toTime(deps));
  switch (decided.outcome) {
    case "none":
      // Claimed exactly when the time for the decision ends; the next run is after it.
      return wait(held, { ...toReleased(status), phase: "AwaitingApproval" }, run);
    case "over":
      return end(held, decided.end, deps, run);
    case "approved": {
      const problem = await confirmMatch(
        record,
        { ...deps, executor, now: toTime(deps) },
        run.signal,
      );
      if (problem !== undefined) return end(held, problem, deps, run);
      return runSteps(held, { ...status, approvedBy: decided.by }, executor, deps, run);
    }
  }
}

async function runSteps(
  held: HeldRecord,
  planned: RecordStatus,
  executor: Executor,
  deps: RemediateDeps,
  run: Run,
): Promise<RemediationResult> {
  const operations = parsePlan(planned);
  if (!operations.ok) {
    const message = `the stored plan cannot be read: ${operations.error}`;
    return end(held, { phase: "Failed", reason: "PlanUnreadable", message }, deps, run);
  }
  let status = planned;
  for (;;) {
    const { mode } = held.record().spec;
    const next = planNextStep(status, operations.value, mode);
    if (next.outcome === "finished") return end(held, next.end, deps, run, status);
    const { index, operation, problem } = next;
    status = toStarted(status, index, toTime(deps));
    if (operation.type !== "verify") {
      const lost = await held.save(status, run.signal);
      if (lost !== undefined) return lost;
    }
    const step = status.steps?.[index];
    const { changed } = run;
    const context = { record: held.record(), now: toTime(deps), problem, step, status, changed };
    const outcome = await executor.execute(operation, context, run.signal);
    if (outcome.outcome === "wait") return wait(held, toWaiting(status, outcome), run);
    status = toStepEnded(status, index, outcome, toTime(deps));
  }
}

/** The wake-up is sent only after this is saved: if the run dies between the two, its message is delivered again. */
async function wait(held: HeldRecord, status: RecordStatus, run: Run): Promise<RemediationResult> {
  const lost = await held.save(status, run.signal);
  if (lost !== undefined) return lost;
  const record = held.record();
  return { outcome: "waiting", record, until: status.wakeAt ?? "" };
}

async function end(
  held: HeldRecord,
  how: RecordEnd,
  deps: RemediateDeps,
  run: Run,
  status = held.status(),
): Promise<RemediationResult> {
  const lost = await held.save(toEnded(status, how, toTime(deps)), run.signal);
  return lost ?? { outcome: "ended", record: held.record() };
}

async function release(held: HeldRecord): Promise<void> {
  if (!held.isClaimed()) return;
  try {
    await held.save(toReleased(held.status()), AbortSignal.timeout(RELEASE_TIMEOUT_MS));
  } catch {
    // The claim expires by itself.
  }
}

function toTime({ now }: Pick<RemediateDeps, "now">): string {
  return new Date(now()).toISOString();
}
