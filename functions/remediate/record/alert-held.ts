import type { Hold } from "../../../core/guards/hold.ts";
import type { WriteOperation } from "../../../core/operations/operation.ts";
import { HELD_CODE } from "../../../events/alert.ts";
import type { RecordStatus, RemediationRecord } from "../../../events/remediation.ts";
import { openExecutor, toTime, type RemediateDeps } from "./run.ts";

/**
 * Alerts the receivers of a rule that a guard has begun to hold its remediations back: the alerts of the plan are sent with that problem.
 * Their group delivers them only if it lasts, and reports when it ends. Because a storm has many records, only the first one of a namespace
 * alerts, and others of its rule only once in a while. Never throws: the record waits in any case, and its end is an alert, too.
 */
export async function alertHeld(
  record: RemediationRecord,
  status: RecordStatus,
  hold: Hold,
  operations: readonly WriteOperation[],
  deps: RemediateDeps,
  signal: AbortSignal,
): Promise<void> {
  const { rule, trigger } = record.spec;
  if (deps.mayAlertHeld?.(`${rule.id}/${trigger.namespace ?? ""}`) !== true) return;
  const executor = deps.executor ?? openExecutor(deps);
  const { deferUntil = hold.until } = status;
  const message = `${hold.code}: ${hold.message}. It waits until ${deferUntil} at most; nothing has been done`;
  const problem = { code: HELD_CODE, message };
  for (const operation of operations) {
    if (operation.type !== "alert") continue;
    const { name, grouping } = operation;
    const {
      key: _key,
      acrossNamespaces: _across,
      ...times
    } = grouping === undefined || grouping === "off" ? {} : grouping;
    const alert = { ...operation, name: `${name}-held`, grouping: times };
    try {
      const context = { record, now: toTime(deps), problem };
      const outcome = await executor.execute(alert, context, signal);
      if (outcome.outcome === "failed") deps.count?.("HeldBackUntold");
    } catch {
      deps.count?.("HeldBackUntold");
    }
  }
}
