import type { KubernetesClient } from "../kubernetes/http/client.ts";
import type { SendBatchDeps } from "../sqs/send-batch.ts";
import type { SendWakeup } from "../sqs/send-wakeup.ts";
import { createChangeGroup } from "./change-group.ts";
import { createCheckPace, type IsCheckDue } from "./check-pace.ts";
import { createGroupStore, type GroupStore } from "./group-store.ts";
import { createReadSilences } from "./read-silences.ts";
import type { SendAlerts, SendGroupedDeps } from "./send-grouped.ts";
import { createWakeGroup } from "./wake-group.ts";

export type AlertGroups = SendGroupedDeps & {
  readonly store: GroupStore;
  readonly send: SendAlerts;
  readonly isCheckDue: IsCheckDue;
};

/** The groups of alerts of a cluster, as normalize and remediate use them. */
export function openAlertGroups(deps: {
  readonly client: KubernetesClient;
  /** That of the groups and silences. */
  readonly namespace: string;
  /** Of the queue of alerts. */
  readonly queue: SendBatchDeps;
  readonly sendWakeup: SendWakeup;
  /** ms since the epoch. */
  readonly now: () => number;
}): AlertGroups {
  const { client, namespace, queue, sendWakeup } = deps;
  const now = (): string => new Date(deps.now()).toISOString();
  const store = createGroupStore({ client, namespace });
  const parts = {
    store,
    change: createChangeGroup(store),
    readSilences: createReadSilences({ client, namespace, now: () => performance.now() }),
    queue,
    wake: createWakeGroup({ sendWakeup, now }),
    now,
    isCheckDue: createCheckPace(deps.now),
  };
  let send: SendAlerts | undefined;
  return {
    ...parts,
    async send(alerts, context) {
      // Loaded with the first alert: a cold start does not read it.
      send ??= (await import("./send-grouped.ts")).createSendGrouped(parts);
      return send(alerts, context);
    },
  };
}
