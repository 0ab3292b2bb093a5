import type { RuleGuard } from "../../events/rule-guard.ts";
import type { SendWakeup } from "../../adapters/sqs/send-wakeup.ts";
import { isOverdue } from "../../core/guards/overdue.ts";
import { toGuardWakeup } from "../../core/records/messages/wakeup.ts";

export type WakeGuardsDeps = {
  readonly guards: (signal: AbortSignal) => Promise<readonly RuleGuard[]>;
  readonly sendWakeup: SendWakeup;
  /** ms since the epoch. */
  readonly now: () => number;
};

/** Sends the wake-ups of guards again whose time has passed without a check of the records that wait. Returns how many. */
export async function wakeGuards(deps: WakeGuardsDeps, signal: AbortSignal): Promise<number> {
  const guards = await deps.guards(signal);
  let sent = 0;
  for (const guard of guards.filter((one) => isOverdue(one, deps.now()))) {
    const { name, namespace } = guard.metadata;
    const { wakeAt, cluster } = guard.status ?? {};
    if (wakeAt === undefined || cluster === undefined) continue;
    const now = new Date(deps.now()).toISOString();
    const wakeup = { cluster, namespace, rule: name, due: wakeAt, now };
    await deps.sendWakeup(toGuardWakeup(wakeup), signal);
    sent += 1;
  }
  return sent;
}
