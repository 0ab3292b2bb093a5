import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import type { Receiver } from "../../../core/receivers/receiver.ts";
import { createSqsHandler } from "../../../adapters/lambda/sqs-handler.ts";
import { createDeliverAlert } from "../../../functions/notify/deliver-alert.ts";
import { createNotify } from "../../../functions/notify/notify.ts";
import type { AlertReceiver } from "../../../functions/notify/receiver.ts";
import { toAlert } from "../../support/alert-message.ts";
import { startReceiver, type ReceiverServer } from "../../support/receiver-server.ts";
import {
  captureLines,
  createFakeQueues,
  toContext,
  toQueueUrl,
  toRecord,
} from "../../adapters/lambda/invocation.ts";

/** The alerts of one batch, one to each of these receivers; returns the receivers whose alert is handed out again. */
async function deliverBatch(
  names: readonly string[],
  receive: AlertReceiver,
): Promise<readonly string[]> {
  const handler = createSqsHandler({
    name: "notify",
    fifo: false,
    client: createFakeQueues().client,
    deadLetterQueueUrl: toQueueUrl("alerts-dead-letter"),
    process: createNotify({
      verify: async () => "unverifiable",
      receivers: [receive],
      now: () => Date.now(),
    }),
  });
  const Records = names.map((to) => toRecord(to, JSON.stringify(toAlert({ to }))));
  const { value } = await captureLines(() => handler({ Records }, toContext()));
  return value.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

/** Delivers over HTTP. */
const toDeliver = (servers: Readonly<Record<string, ReceiverServer>>): AlertReceiver => {
  const receivers = Object.entries(servers).map(([name, { url }]): [string, Receiver] => [
    name,
    { type: "webhook", name, url },
  ]);
  return createDeliverAlert(new Map(receivers), {
    now: () => Date.now(),
    readVariable: () => undefined,
    reportThread: async () => {},
  });
};

it("an alert that its receiver did not take is handed out again, and the others of the batch are not", async () => {
  await using down = await startReceiver({ status: 503 });
  await using up = await startReceiver();
  expect(await deliverBatch(["down", "up"], toDeliver({ down, up }))).toEqual(["down"]);
  expect([down.requests.length, up.requests.length]).toEqual([1, 1]);
});

it("a receiver that does not answer delays the alerts of no other one", async () => {
  await using up = await startReceiver();
  const deliver = toDeliver({ up });
  const { promise, resolve } = Promise.withResolvers<string>();
  const ended: string[] = [];
  await deliverBatch(["down", "up"], async (alert, context) => {
    const { to } = alert.data;
    // Longer than the other one needs, unless it waits for this one.
    if (to === "down") await Promise.race([promise, sleep(3_000)]);
    else await deliver(alert, context);
    ended.push(to);
    resolve(to);
  });
  expect(ended).toEqual(["up", "down"]);
});
