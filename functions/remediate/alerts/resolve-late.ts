import type { WakeupLate, WakeupMessage } from "../../../events/wakeup.ts";
import type { AlertGroups } from "../../../adapters/alert-groups/open-alert-groups.ts";
import type { SendContext } from "../../../adapters/alert-groups/send-context.ts";
import { createSendAll } from "../../../adapters/sqs/send-all.ts";
import { toLateEnd } from "../../../core/alerts/groups/late-end.ts";

/**
 * Has a receiver learn that an incident is over, if it took a message of it so late that it may have learned that before: the queue of
 * alerts keeps no order, and a receiver that was away gets first what was sent last. As long as the incident is open, its end follows
 * anyway. Repeatable. Throws if the group cannot be read, or the message not be sent.
 */
export async function resolveLate(
  { data }: WakeupMessage,
  late: WakeupLate,
  { store, queue, now }: Pick<AlertGroups, "store" | "queue" | "now">,
  { signal }: SendContext,
): Promise<void> {
  const { name } = data.record;
  const found = await store.read(name, signal);
  const alert = toLateEnd(late, { name, now: now(), since: found?.status.since });
  if (alert === undefined || alert.data.cluster.uid !== data.cluster.uid) return;
  await createSendAll(queue)([{ body: JSON.stringify(alert) }], signal);
}
