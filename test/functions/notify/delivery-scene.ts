import type { SendMessageBatchRequestEntry } from "@aws-sdk/client-sqs";
import { sendOutbox } from "../../../adapters/alert-groups/send-grouped.ts";
import { openSigningKeys } from "../../../adapters/signing/open-signing-keys.ts";
import { createSign } from "../../../adapters/signing/sign.ts";
import { createVerify } from "../../../adapters/signing/verify.ts";
import type { AlertGroups } from "../../../adapters/alert-groups/open-alert-groups.ts";
import type { MessageVerdict } from "../../../adapters/lambda/message-verdict.ts";
import { createSendWakeup } from "../../../adapters/sqs/send-wakeup.ts";
import { continueGroup } from "../../../core/alerts/groups/continue-group.ts";
import type { Receiver } from "../../../core/receivers/receiver.ts";
import { SIGNATURE_ATTRIBUTE } from "../../../events/signature.ts";
import { createDeliverAlert } from "../../../functions/notify/deliver-alert.ts";
import { createNotify, type Notify } from "../../../functions/notify/notify.ts";
import { resolveLate } from "../../../functions/remediate/alerts/resolve-late.ts";
import { storeThread } from "../../../functions/remediate/alerts/store-thread.ts";
import { toGrouped } from "../../../functions/remediate/alerts/to-grouped.ts";
import { processWakeup } from "../../../functions/remediate/message/process-wakeup.ts";
import type { ProcessDeps } from "../../../functions/remediate/message/settle.ts";
import { createGroupWorld, type GroupWorld } from "../../adapters/alert-groups/group-world.ts";
import { toQueueUrl } from "../../adapters/lambda/invocation.ts";
import { alertOn } from "../../core/alerts/groups/group-scene.ts";

type DeliverDeps = Parameters<typeof createDeliverAlert>[1];
type WakeupDeps = {
  readonly sendWakeup: ReturnType<typeof createSendWakeup>;
  readonly now: () => number;
};

/** A message as a function receives it. */
export type ReceivedMessage = {
  readonly body: string;
  readonly messageAttributes?: Readonly<
    Record<string, { readonly stringValue?: string | undefined }>
  >;
};

/** normalize, remediate and notify as far as alerts go. */
export type DeliveryScene = {
  readonly world: GroupWorld;
  readonly groups: AlertGroups;
  readonly notify: Notify;
  /** remediate takes a wake-up, or another body with the signature of that wake-up. */
  readonly wake: (record: ReceivedMessage, body?: string) => Promise<MessageVerdict>;
  /** Looks at the only group when its window is over, or these objects have recovered, and sends its messages. */
  readonly look: (ends?: Parameters<typeof continueGroup>[1]) => Promise<void>;
};

/** @param signing the signing keys; none: nothing is signed. `toReports`: the reports of notify that become wake-ups. */
export function createDeliveryScene(
  signing: readonly string[],
  options: {
    readonly receiver: Receiver;
    readonly credential: string;
    readonly toReports: (
      deps: WakeupDeps,
    ) => Partial<Pick<DeliverDeps, "reportThread" | "reportLate">>;
  },
): DeliveryScene {
  const { receiver, credential, toReports } = options;
  const source = signing.length === 0 ? undefined : ({ type: "keys", keys: signing } as const);
  const keys = openSigningKeys(source, () => 0);
  const world = createGroupWorld(createSign(keys, "alerts"));
  const groups = world.start();
  const { client } = world.queues;
  const { context } = world;
  const now = (): number => world.nowMs;
  const sign = createSign(keys, "wakeups");
  const sendWakeup = createSendWakeup({ client, queueUrl: toQueueUrl("wakeups"), sign, now });
  const deliverAlert = createDeliverAlert(new Map([[receiver.name, receiver]]), {
    now,
    readVariable: () => credential,
    reportThread: async () => {},
    reportLate: async () => {},
    ...toReports({ sendWakeup, now }),
  });
  const verify = createVerify(keys, "wakeups");
  const deps = {
    now,
    clusterUid: async () => alertOn("a").data.cluster.uid,
    storeThread: (wakeup, thread) => storeThread(wakeup, thread, groups, context),
    resolveLate: (wakeup, late) => resolveLate(wakeup, late, groups, context),
  } as Partial<ProcessDeps> as ProcessDeps;
  const run = { holder: "r", deadlineMs: Infinity, signal: context.signal };
  return {
    world,
    groups,
    notify: createNotify({ verify: createVerify(keys, "alerts"), receivers: [deliverAlert], now }),
    wake: (record, body = record.body) =>
      processWakeup(body, deps, run, async () => (await verify({ ...record, body })) === "signed"),
    async look(ends = []) {
      const group = world.server.only();
      const { name } = group.metadata;
      const { group: changed } = await groups.change(
        toGrouped(group),
        (status) =>
          continueGroup(status, ends, { name, now: new Date(now()).toISOString(), silences: [] }),
        context.signal,
      );
      await sendOutbox(groups, toGrouped(group), changed?.status.outbox ?? [], context);
    },
  };
}

export function toReceived(entry: SendMessageBatchRequestEntry | undefined): ReceivedMessage {
  const { MessageBody: body = "", MessageAttributes } = entry ?? {};
  const signature = MessageAttributes?.[SIGNATURE_ATTRIBUTE]?.StringValue;
  const signed = { [SIGNATURE_ATTRIBUTE]: { stringValue: signature } };
  return { body, ...(signature === undefined ? {} : { messageAttributes: signed }) };
}
