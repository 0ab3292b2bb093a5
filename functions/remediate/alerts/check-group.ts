import type { AlertGroup, AlertGroupStatus } from "../../../events/alert-group.ts";
import type { WakeupMessage } from "../../../events/wakeup.ts";
import type { AlertGroups } from "../../../adapters/alert-groups/open-alert-groups.ts";
import { sendOutbox } from "../../../adapters/alert-groups/send-grouped.ts";
import type { SendContext } from "../../../adapters/alert-groups/send-context.ts";
import { createExecutor } from "../../../adapters/kubernetes/remediation/executor.ts";
import { toCanonicalJson } from "../../../core/json/canonical-json.ts";
import { continueGroup } from "../../../core/alerts/groups/continue-group.ts";
import { findOwn, findUnsent } from "../../../core/alerts/groups/outbox.ts";
import type { RemediateDeps } from "../record/run.ts";
import { findEnds } from "./find-ends.ts";
import { toGrouped } from "./to-grouped.ts";

/** Clocks differ, and a queue may deliver a moment early. */
const CLOCK_TOLERANCE_MS = 1_000;

export type CheckDeps = RemediateDeps & { readonly groups: AlertGroups };

/**
 * Checks a group of alerts: sends the messages that an earlier attempt has left, finds the alerts that have ended, closes the window, and
 * sends the messages that follow. Repeatable: messages are saved before they are sent, and the next check sends them if this one ends in
 * between. Messages that were left are sent first, so that they go out even if the group cannot be written. Throws if it could not be sent, or if the group
 * cannot be read or written.
 */
export async function checkGroup(
  { data }: WakeupMessage,
  deps: CheckDeps,
  context: SendContext,
): Promise<void> {
  const { groups } = deps;
  const { signal } = context;
  const found = await groups.store.read(data.record.name, signal);
  if (found === undefined) return;
  const now = groups.now();
  if (Date.parse(data.due) - Date.parse(now) > CLOCK_TOLERANCE_MS) {
    // The queue delays by 15 minutes at most.
    if (data.due === found.status.wakeAt) await groups.wake(found, data.due, context);
    return;
  }
  const late = findUnsent(found.status, now);
  const earlier = await sendOutbox(groups, toGrouped(found), late, context);
  const change = await planChange(found, deps, { ...context, now });
  const { before, group } = await groups.change(toGrouped(found), change, signal);
  if (group === undefined) return;
  const own = findOwn(before, group.status, []);
  const { wakeAt } = group.status;
  const [refused] = await Promise.all([
    sendOutbox(groups, toGrouped(group), own, context),
    wakeAt === undefined || wakeAt === before.wakeAt
      ? undefined
      : groups.wake(group, wakeAt, context),
  ]);
  for (const error of [...earlier.values(), ...refused.values()]) throw error;
}

/** The change of the group's status, after its open alerts were checked, if that is due. */
async function planChange(
  found: AlertGroup,
  deps: CheckDeps,
  context: SendContext & { readonly now: string },
): Promise<(status: AlertGroupStatus) => AlertGroupStatus> {
  const { now, signal, telemetry } = context;
  const executor = deps.executor ?? createExecutor(deps);
  const { checked = 0 } = found.status;
  const { ends, unchecked, next } = deps.groups.isCheckDue(found.metadata.name)
    ? await findEnds(found, { ...deps, executor, now }, signal)
    : { ends: [], unchecked: 0, next: checked };
  if (unchecked > 0) telemetry.count("AlertsUnchecked", unchecked);
  const silences = await deps.groups.readSilences(signal);
  if (silences === undefined) telemetry.count("SilencesUnread");
  const { name } = found.metadata;
  const isHeld = found.spec.class === "held";
  return (status) => {
    const context = { name, now, silences, isHeld };
    const { checked: _checked, ...continued } = continueGroup(status, ends, context);
    const whole = next === 0 ? continued : { ...continued, checked: next };
    return toCanonicalJson(whole) === toCanonicalJson(status) ? status : whole;
  };
}
