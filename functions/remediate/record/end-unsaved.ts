import type { RemediationRecord } from "../../../events/remediation.ts";
import type { Executor } from "../../../adapters/kubernetes/remediation/executor.ts";
import type { AlertOperation, WriteOperation } from "../../../core/operations/operation.ts";
import { parsePlan } from "../../../core/records/plan.ts";
import { planAlertsOnly } from "../plan/plan-alerts-only.ts";
import type { HeldRecord } from "./held-record.ts";
import {
  openExecutor,
  toTime,
  type RemediateDeps,
  type RemediationResult,
  type Run,
} from "./run.ts";
import { saveEnd } from "./save-outcome.ts";

/**
 * Ends a record as Failed because the API server refuses to store its progress: the status is too large, say. What could not be saved is
 * left out, as it may be the reason. So the alerts cannot be steps of the record: they are sent before the end is saved, under the ids that
 * they would have as steps, so that sending them again does no harm. Throws if a retry may help.
 */
export async function endUnsaved(
  held: HeldRecord,
  cause: { readonly code: string; readonly message: string },
  deps: RemediateDeps,
  run: Run,
): Promise<RemediationResult> {
  const executor = deps.executor ?? openExecutor(deps);
  const record = held.record();
  const now = toTime(deps);
  for (const alert of await findAlerts(record, cause, { ...deps, executor }, run)) {
    await executor.execute(alert, { record, now, problem: cause }, run.signal);
  }
  const { code: reason, message } = cause;
  return saveEnd(held, { phase: "Failed", reason, message }, deps, run, record.status);
}

/** Those of the plan that are not sent as far as was saved, or of the rule if no plan was. */
async function findAlerts(
  record: RemediationRecord,
  cause: { readonly code: string; readonly message: string },
  deps: RemediateDeps & { readonly executor: Executor },
  run: Run,
): Promise<readonly AlertOperation[]> {
  if (record.status?.plan !== undefined) return findUnsent(record);
  const { id } = record.spec.rule;
  const rule = deps.pipeline.rules.find((own) => own.id === id);
  if (rule === undefined) return [];
  const problem = { phase: "Failed", ...cause } as const;
  const { operations } = await planAlertsOnly(
    record,
    rule,
    { ...deps, now: toTime(deps) },
    problem,
    run.signal,
  );
  return operations.filter(isAlert);
}

function findUnsent({ status }: RemediationRecord): readonly AlertOperation[] {
  const operations = status === undefined ? undefined : parsePlan(status);
  if (operations?.ok !== true) return [];
  const isSent = (index: number): boolean => status?.steps?.[index]?.state === "done";
  return operations.value.filter((_, index) => !isSent(index)).filter(isAlert);
}

function isAlert(operation: WriteOperation): operation is WriteOperation & AlertOperation {
  return operation.type === "alert";
}
