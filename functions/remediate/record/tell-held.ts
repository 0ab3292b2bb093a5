import { createExecutor } from "../../../adapters/kubernetes/remediation/executor.ts";
import type { Hold } from "../../../core/guards/hold.ts";
import type { WriteOperation } from "../../../core/operations/operation.ts";
import { HELD_CODE } from "../../../events/alert.ts";
import type { RecordStatus, RemediationRecord } from "../../../events/remediation.ts";
import { toTime, type RemediateDeps } from "./run.ts";

/**
 * Tells the receivers of a rule that a guard has begun to hold its remediations back: the alerts of the plan, with that problem. Their group
 * sends them only if it lasts, and says when it ends. Only the first record of a namespace does so, and the others of its rule only once
 * in a while, because a storm has many. Never throws: the record waits whether or not somebody is told, and its end is an alert, too.
 */
export async function tellHeld(
  record: RemediationRecord,
  status: RecordStatus,
  hold: Hold,
  operations: readonly WriteOperation[],
  deps: RemediateDeps,
  signal: AbortSignal,
): Promise<void> {
  const { rule, trigger } = record.spec;
  if (deps.mayTellHeld?.(`${rule.id}/${trigger.namespace ?? ""}`) !== true) return;
  const executor = deps.executor ?? createExecutor(deps);
  const { deferUntil = hold.until } = status;
  const message = `${hold.code}: ${hold.message}. It waits until ${deferUntil} at most; nothing has been done`;
  const problem = { code: HELD_CODE, message };
  for (const operation of operations) {
    if (operation.type !== "alert") continue;
    const { grouping } = operation;
    const times = grouping === "off" ? {} : grouping;
    const { key: _key, acrossNamespaces: _across, ...others } = times ?? {};
    const alert = { ...operation, name: `${operation.name}-held`, grouping: others };
    try {
      const context = { record, now: toTime(deps), problem };
      const outcome = await executor.execute(alert, context, signal);
      if (outcome.outcome === "failed") deps.count?.("HeldBackUntold");
    } catch {
      deps.count?.("HeldBackUntold");
    }
  }
}
