import type { RecordCause, RecordStatus, RemediationRecord } from "../../../events/remediation.ts";
import type { Executor } from "../../../adapters/kubernetes/remediation/executor.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { readApproval } from "../../../core/records/approval.ts";
import { planClaim, toReleased } from "../../../core/records/claim.ts";
import { toMode } from "../../../core/records/mode.ts";
import { isWrite } from "../../../core/records/target.ts";
import { toWaiting } from "../../../core/records/wait.ts";
import { withPlan, type WritePlan } from "../../../core/records/plan.ts";
import { isOnFailure } from "../../../core/records/stages/on-failure.ts";
import { isGivenUp, toCause, toGivenUp, toGiveUpAfterMs } from "../../../core/records/retry.ts";
import { findOwnRule, planGivingUp, toSaveSignal, waitAfterFailure } from "./advance-failure.ts";
import { endUnsaved } from "./end-unsaved.ts";
import { openHeldRecord, type HeldRecord } from "./held-record.ts";
import { isTemporary } from "../../../core/records/is-temporary.ts";
import { confirmMatch } from "../plan/live-match.ts";
import { NO_CHAIN } from "../../../core/operations/loops/chain.ts";
import { toKeptChain } from "../plan/trigger-chain.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import { planRemediation } from "../plan/plan-remediation.ts";
import { passGuards } from "./pass-guards.ts";
import { runSteps } from "./run-steps.ts";
import {
  openExecutor,
  toTime,
  type RemediateDeps,
  type RemediationResult,
  type Run,
} from "./run.ts";
import { saveEnd, saveWait } from "./save-outcome.ts";

/** How long a claim outlives its function: a frozen process may still complete a request that it had sent. */
const HOLD_MARGIN_MS = 30_000;

/**
 * Advances a record as far as possible: checks the live state, stores the plan, then executes it step by step, each saved as started
 * before its write and as ended after it, until the record ends or waits. The claim is part of the first save, which is before the
 * first write. If a run dies between two of these, the next run continues from what is stored. What fails for a reason that may pass
 * is a saved wait. Throws only if the record itself cannot be saved, after releasing the claim.
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
    case "held":
      return { outcome: "waiting", record, until: claim.until };
    case "waiting":
      return { outcome: "notDue", record, until: claim.until };
    case "claim": {
      const held = openHeldRecord(deps.records, record, claim.status);
      // A change matters only to a waiting record.
      const changed = record.status?.phase === "Waiting" ? run.changed : undefined;
      return guard(held, deps, { ...run, changed }, carryOut);
    }
  }
}

type Work = (held: HeldRecord, deps: RemediateDeps, run: Run) => Promise<RemediationResult>;

/** Whatever fails in the work on a record becomes part of that record, as long as the record can be saved. */
async function guard(
  held: HeldRecord,
  deps: RemediateDeps,
  run: Run,
  work: Work,
): Promise<RemediationResult> {
  try {
    return await work(held, deps, run);
  } catch (error) {
    const isFinal = isKubemendError(error) && !isTemporary(error);
    if (isFinal) {
      const cause = toCause(error);
      if (held.isUnsaved()) return endUnsaved(held, cause, deps, run);
      const { code: reason, message } = cause;
      return saveEnd(held, { phase: "Failed", reason, message }, deps, run);
    }
    if (!held.isUnsaved()) {
      return waitAfterFailure(held, error, deps, run, (cause) => giveUp(held, cause, deps, run));
    }
    await release(held, run);
    throw error;
  }
}

/** Ends a record that was retried long enough: with the rule's next stage if it has one, and with its alerts. */
async function giveUp(
  held: HeldRecord,
  cause: RecordCause,
  deps: RemediateDeps,
  run: Run,
): Promise<RemediationResult> {
  const executor = openExecutor(deps);
  const planned = await planGivingUp(held, cause, { ...deps, executor }, run.signal);
  if (planned === undefined) {
    return saveEnd(
      held,
      { phase: "Failed", reason: cause.code, message: cause.message },
      deps,
      run,
    );
  }
  const failed = await toUnstarted(held, planned, executor, run);
  held.keep(failed);
  return guard(held, deps, run, () => runSteps(held, failed, executor, deps, run));
}

/** If the first write was given up before anything was written, it was not started: `onFailure` asks the guards, and takes the target. */
async function toUnstarted(
  held: HeldRecord,
  planned: RecordStatus,
  executor: Executor,
  { signal }: Run,
): Promise<RecordStatus> {
  const status = held.status();
  try {
    const { withoutUnwritten } = await import("../plan/confirm-retry.ts");
    const before = await withoutUnwritten({ ...held.record(), status }, { executor }, signal);
    const isUntouched = (index: number): boolean => before.steps?.[index]?.state === "planned";
    const steps = planned.steps?.map((step, index) => {
      const { startedAt: _startedAt, ...unstarted } = step;
      return step.state === "failed" && isUntouched(index) ? unstarted : step;
    });
    return { ...planned, steps };
  } catch {
    // It may have been written.
    return planned;
  }
}

async function carryOut(
  held: HeldRecord,
  deps: RemediateDeps,
  run: Run,
): Promise<RemediationResult> {
  const executor = deps.executor ?? openExecutor(deps);
  const status = held.status();
  const { cause } = status;
  const giveUpAfterMs = toGiveUpAfterMs(findOwnRule(held, deps));
  // Each attempt killed its run: another one would kill this run, too.
  if (cause?.code === "Interrupted" && isGivenUp(status, giveUpAfterMs, toTime(deps))) {
    return giveUp(held, toGivenUp(status, cause, toTime(deps)), deps, run);
  }
  if (status.plan !== undefined) return continueStored(held, executor, deps, run);
  const planDeps = { ...deps, executor, now: toTime(deps) };
  const planned = await planRemediation(held.record(), planDeps, run.signal);
  if (planned.outcome === "end") return saveEnd(held, planned.end, deps, run);
  const known = { ...status, ...toKeptChain(planned.chain ?? NO_CHAIN) };
  switch (planned.outcome) {
    case "wait":
      return saveWait(held, toWaiting(known, planned.wait), run);
    case "plan":
      return needsApproval(held.record(), planned.plan)
        ? ask(held, known, planned, executor, deps, run)
        : runSteps(held, withPlan(known, planned.plan), executor, deps, run);
  }
}

/** Asks a person about a plan, unless the rule is paused or in a storm: then nobody needs to decide yet. */
async function ask(
  held: HeldRecord,
  status: RecordStatus,
  { plan, rule }: { readonly plan: WritePlan; readonly rule: Rule },
  executor: Executor,
  deps: RemediateDeps,
  run: Run,
): Promise<RemediationResult> {
  const guarded = await passGuards(held, status, plan.operations, deps, run);
  if (guarded.outcome === "held") return guarded.result;
  if (guarded.outcome === "instead") return runSteps(held, guarded.status, executor, deps, run);
  // The alerts are sent before the plan is saved, so the claim must be saved first.
  const lost = await held.save(status, run.signal);
  if (lost !== undefined) return lost;
  const record = held.record();
  const planned = { ...record, status: withPlan(status, plan) };
  const hold = await deps.guards?.preview(planned, rule, run.signal);
  const request = { record, status, plan, rule, executor, now: toTime(deps), deps, hold };
  // Loaded only here: few rules ask.
  const { askApproval } = await import("./ask-approval.ts");
  const asked = await askApproval(request, run.signal);
  return asked.ok
    ? saveWait(held, asked.value, run)
    : runSteps(held, withPlan(status, asked.error), executor, deps, run);
}

function needsApproval(record: RemediationRecord, { problem, operations }: WritePlan): boolean {
  // The writes of `onFailure` are not known before, and are carried out without another question.
  const writes = operations.some((operation) => isWrite(operation) || isOnFailure(operation));
  return toMode(record) === "approval" && problem === undefined && writes;
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
  const isAsked =
    toMode(record) === "approval" &&
    status.preview !== undefined &&
    status.approvedBy === undefined;
  const matchDeps = { ...deps, executor, now: toTime(deps) };
  if (!isAsked) {
    const hasWaited = record.status?.phase === "Waiting" && status.attempts === undefined;
    const retry = { ...matchDeps, hasWaited };
    // Most plans are carried out when they are made.
    const { findRetryProblem, withoutUnwritten } = await import("../plan/confirm-retry.ts");
    const over = await findRetryProblem({ ...record, status }, retry, run.signal);
    if (over === undefined) {
      // Read by another executor: the write itself reads its object again.
      const reading = { executor: openExecutor(deps) };
      const next = await withoutUnwritten({ ...record, status }, reading, run.signal);
      return runSteps(held, next, executor, deps, run);
    }
    // Nothing was written, so the next match may use the record again.
    const { plan: _plan, steps: _steps, ...rest } = status;
    return saveEnd(held, over, deps, run, rest);
  }
  const decided = readApproval(record, toTime(deps));
  switch (decided.outcome) {
    case "none":
      // Claimed exactly when the time for the decision ends; the next run is after it.
      return saveWait(held, { ...toReleased(status), phase: "AwaitingApproval" }, run);
    case "over":
      return saveEnd(held, decided.end, deps, run);
    case "approved": {
      const problem = await confirmMatch(record, matchDeps, run.signal);
      if (problem !== undefined) return saveEnd(held, problem, deps, run);
      return runSteps(held, { ...status, approvedBy: decided.by }, executor, deps, run);
    }
  }
}

async function release(held: HeldRecord, run: Run): Promise<void> {
  const { status } = held.record();
  if (!held.isClaimed() || status === undefined) return;
  try {
    await held.save(toReleased(status), toSaveSignal(run));
  } catch {
    // The claim expires by itself.
  }
}
