import type { WakeupMessage, WakeupThread } from "../../../events/wakeup.ts";
import type { AlertGroups } from "../../../adapters/alert-groups/open-alert-groups.ts";
import type { SendContext } from "../../../adapters/alert-groups/send-context.ts";
import { takeThread } from "../../../core/alerts/groups/take-thread.ts";
import { toGrouped } from "./to-grouped.ts";

/**
 * Stores the thread that a receiver has handed out in the group whose messages go into it. Repeatable. Nothing is stored if the group does
 * not exist any more, is of another receiver or cluster, or if the incident of the thread is over. Throws if the group cannot be read or
 * written.
 */
export async function storeThread(
  { data }: WakeupMessage,
  thread: WakeupThread,
  groups: Pick<AlertGroups, "store" | "change">,
  { signal }: SendContext,
): Promise<void> {
  const found = await groups.store.read(data.record.name, signal);
  if (found === undefined || found.spec.to !== thread.to) return;
  if (found.spec.cluster.uid !== data.cluster.uid) return;
  const { name } = found.metadata;
  await groups.change(toGrouped(found), (status) => takeThread(status, thread, { name }), signal);
}
