import { toMessageBody } from "../core/changes/message-body.ts";
import { toResourceName } from "../core/changes/read-object.ts";
import { toChangeMessage } from "../core/changes/to-change-message.ts";
import { packData } from "../adapters/sqs/packed-data.ts";
import { BATCH_MAX_BYTES } from "../adapters/sqs/send-batch.ts";
import type { BufferDeps } from "./buffer.ts";
import type { PlannedWatch } from "./planned-watch.ts";

/** How changes become messages: what the buffer must know of watches, and no more. `epoch` is asked for each message. */
export function createRenderer(watches: readonly PlannedWatch[], epoch: () => number): BufferDeps {
  const byKey = new Map(watches.map((watch) => [watch.key, watch]));
  const resources = new Map(
    watches.map(({ key, target }) => [key, toResourceName(target.resource)]),
  );
  return {
    toGroupKey: ({ watch, namespace, name }) =>
      `${resources.get(watch) ?? watch}\n${namespace}\n${name}`,
    render(change) {
      const watch = byKey.get(change.watch);
      if (watch === undefined) throw new RangeError(`no watch ${change.watch}`);
      const { message, groupId, deduplicationId } = toChangeMessage(watch.origin, {
        change: change.change,
        object: change.object,
        resourceVersion: change.resourceVersion,
        epoch: epoch(),
        time: new Date(change.readAtMs).toISOString(),
        initial: change.initial,
        gap: change.gap,
        namespaceLabels: change.namespaceState?.labels,
        namespace: change.onlyNamespace === true ? change.namespaceState : undefined,
      });
      const body = toMessageBody(message, { maxBytes: BATCH_MAX_BYTES, pack: packData });
      return { body, groupId, deduplicationId };
    },
  };
}
