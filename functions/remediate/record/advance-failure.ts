import type { RecordCause, RecordStatus, RecordStep } from "../../../events/remediation.ts";
import type { Executor } from "../../../adapters/kubernetes/remediation/executor.ts";
import { isKubemendError } from "../../../core/errors.ts";
import type { WriteOperation } from "../../../core/operations/operation.ts";
import { VERIFY_UNKNOWN } from "../../../core/records/next-step.ts";
import { parsePlan, withPlan } from "../../../core/records/plan.ts";
import {
  isGivenUp,
  toCause,
  toGivenUp,
  toGiveUpAfterMs,
  toRetrying,
  withoutFailures,
} from "../../../core/records/retry.ts";
import { toStepEnded, type StepOutcome } from "../../../core/records/step-progress.ts";
import { describeProgress } from "../../../core/records/targets/outcome.ts";
import { parseTargetProgress, toCompact } from "../../../core/records/targets/progress.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import { planAlertsOnly } from "../plan/plan-alerts-only.ts";
import type { HeldRecord } from "./held-record.ts";
import { toTime, type RemediateDeps, type RemediationResult, type Run } from "./run.ts";

/** Time to save a wait, or to release a claim, if the run's own time is over. */
const SAVE_TIMEOUT_MS = 2_000;

/** The rule by which a record is retried: the function's own, even if it has changed since. */
export function findOwnRule(held: HeldRecord, { pipeline }: RemediateDeps): Rule | undefined {
  const { id } = held.record().spec.rule;
  return pipeline.rules.find((rule) => rule.id === id);
}

/**
 * Saves that an attempt failed for a reason that may pass: the record waits, and its message is acknowledged. If the time for
 * attempts is over, `giveUp` ends it with the cause instead. Throws the error if the wait cannot be saved: then the message is retried.
 */
export async function waitAfterFailure(
  held: HeldRecord,
  error: unknown,
  deps: RemediateDeps,
  run: Run,
  giveUp: (cause: RecordCause) => Promise<RemediationResult>,
): Promise<RemediationResult> {
  const cause = toCause(error);
  const now = toTime(deps);
  const giveUpAfterMs = toGiveUpAfterMs(findOwnRule(held, deps));
  const status = held.status();
  if (!run.signal.aborted && isGivenUp(status, giveUpAfterMs, now)) {
    const attempts = (status.attempts ?? 0) + 1;
    return giveUp(toGivenUp({ ...status, attempts }, cause, now));
  }
  const askedMs = isKubemendError(error) ? error.retryAfterMs : undefined;
  const waiting = toRetrying(status, cause, { now, giveUpAfterMs, askedMs });
  const saved = await saveOrThrow(held, waiting, error, run);
  return saved ?? { outcome: "waiting", record: held.record(), until: waiting.wakeAt ?? now };
}

async function saveOrThrow(
  held: HeldRecord,
  status: RecordStatus,
  error: unknown,
  run: Run,
): Promise<RemediationResult | undefined> {
  try {
    return await held.save(status, toSaveSignal(run));
  } catch {
    throw error;
  }
}

/**
 * The status with which a record that is not retried any more continues: its step has failed, or nothing is done and the rule's alerts
 * say why. Undefined if nothing is left to do.
 */
export async function planGivingUp(
  held: HeldRecord,
  cause: RecordCause,
  deps: RemediateDeps & { readonly executor: Executor },
  signal: AbortSignal,
): Promise<RecordStatus | undefined> {
  const status = withoutFailures(held.status());
  const now = toTime(deps);
  const operations = parsePlan(status);
  const problem = { phase: "Failed", ...cause } as const;
  if (status.plan === undefined) {
    const rule = findOwnRule(held, deps);
    if (rule === undefined) return undefined;
    try {
      const plan = await planAlertsOnly(held.record(), rule, { ...deps, now }, problem, signal);
      return withPlan(status, plan);
    } catch {
      // It may be the rule's alerts that cannot be made.
      return undefined;
    }
  }
  if (!operations.ok) return undefined;
  const index = (status.steps ?? []).findIndex(({ state }) => state === "started");
  const operation = operations.value[index];
  if (operation !== undefined) {
    const outcome = toGivenUpOutcome(operation, cause, status.steps?.[index]);
    return toStepEnded(status, index, outcome, now);
  }
  const alerts = operations.value.filter(({ type }) => type === "alert");
  return withPlan(status, { operations: alerts, problem });
}

/** Whether the object fulfils the verification could not be found out: that is no failure of what was done. */
function toGivenUpOutcome(
  operation: WriteOperation,
  cause: RecordCause,
  step: RecordStep | undefined,
): StepOutcome {
  if (operation.type === "verify") {
    return { outcome: "done", code: VERIFY_UNKNOWN, message: cause.message };
  }
  const progress = step === undefined ? undefined : parseTargetProgress(step);
  if (operation.type !== "fanOut" || progress?.ok !== true) return { outcome: "failed", ...cause };
  const message = `${describeProgress(operation, toCompact(progress.value))}: ${cause.message}`;
  return { outcome: "failed", code: cause.code, message };
}

/** A run whose time is over still has a moment to save. */
export function toSaveSignal({ signal }: Pick<Run, "signal">): AbortSignal {
  return signal.aborted ? AbortSignal.timeout(SAVE_TIMEOUT_MS) : signal;
}
