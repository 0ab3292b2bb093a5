import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createSqsHandler } from "../../../adapters/lambda/sqs-handler.ts";
import type { Receiver } from "../../../core/receivers/receiver.ts";
import { createDeliverAlert } from "../../../functions/notify/deliver-alert.ts";
import { createNotify } from "../../../functions/notify/notify.ts";
import type { AlertReceiver } from "../../../functions/notify/receiver.ts";
import { DEAD_LETTER_REASON } from "../../../events/dead-letter.ts";
import {
  captureLines,
  createFakeQueues,
  toContext,
  toQueueUrl,
  toRecord,
} from "../../adapters/lambda/invocation.ts";
import { toAlert } from "../../support/alert-message.ts";
import { startReceiver, type ReceiverServer } from "../../support/receiver-server.ts";

/** A process of notify with these webhooks as receivers. `around` may do something else for an alert than deliver it. */
function startNotify(
  receivers: Readonly<Record<string, ReceiverServer>>,
  around: (deliver: AlertReceiver) => AlertReceiver = (deliver) => deliver,
) {
  const queues = createFakeQueues();
  const byName = new Map(
    Object.entries(receivers).map(([name, { url }]): [string, Receiver] => [
      name,
      { type: "webhook", name, url },
    ]),
  );
  let nowMs = Date.parse("2026-11-27T09:00:00.000Z");
  const now = () => nowMs;
  const deps = {
    now,
    readVariable: () => undefined,
    reportThread: async () => {},
    reportLate: async () => {},
  };
  const handler = createSqsHandler({
    name: "notify",
    fifo: false,
    client: queues.client,
    deadLetterQueueUrl: toQueueUrl("alerts-dead-letter"),
    process: createNotify({
      verify: async () => "unverifiable",
      receivers: [around(createDeliverAlert(byName, deps))],
      now,
    }),
  });
  return {
    queues,
    pass: (ms: number) => {
      nowMs += ms;
    },
    /** One invocation with an alert for each of these receivers. Returns those that go back to the queue. */
    async deliver(...names: readonly string[]): Promise<readonly string[]> {
      const Records = names.map((to, index) =>
        toRecord(`${index}-${to}`, JSON.stringify(toAlert({ to }))),
      );
      const { value } = await captureLines(() => handler({ Records }, toContext()));
      return value.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    },
  };
}

const repeat = (name: string, count: number): readonly string[] =>
  Array.from({ length: count }, () => name);

it("an alert that its receiver did not take is handed out again, and the others of the batch are not", async () => {
  await using down = await startReceiver({ status: 503 });
  await using up = await startReceiver();
  expect(await startNotify({ down, up }).deliver("down", "up")).toEqual(["0-down"]);
  expect([down.requests.length, up.requests.length]).toEqual([1, 1]);
});

describe("a receiver that does not answer", () => {
  it("delays the alerts of no other one", async () => {
    await using up = await startReceiver();
    const { promise, resolve } = Promise.withResolvers<string>();
    const ended: string[] = [];
    const notify = startNotify({ up }, (deliver) => async (alert, context) => {
      const { to } = alert.data;
      // Longer than the other one needs, unless it waits for this one.
      if (to === "down") await Promise.race([promise, sleep(3_000)]);
      else await deliver(alert, context);
      ended.push(to);
      resolve(to);
    });
    await notify.deliver("down", "up");
    expect(ended).toEqual(["up", "down"]);
  });

  it("delays no alert for another one: neither of its batch, nor of later ones", async () => {
    await using away = await startReceiver("hang");
    await using other = await startReceiver();
    const notify = startNotify({ away, other });
    const startMs = performance.now();
    const first = notify.deliver(...repeat("away", 9), "other");
    await expect.poll(() => other.requests.length, { interval: 20 }).toBe(1);
    expect(performance.now() - startMs).toBeLessThan(2_500);
    expect(await first).toHaveLength(9);
    const againMs = performance.now();
    expect(await notify.deliver(...repeat("away", 9), "other")).toHaveLength(9);
    expect(performance.now() - againMs).toBeLessThan(2_500);
    expect([away.requests.length, other.requests.length]).toEqual([9, 2]);
  });

  it("is asked again after ten seconds", async () => {
    await using away = await startReceiver("hang", {});
    const notify = startNotify({ away });
    expect(await notify.deliver("away")).toHaveLength(1);
    notify.pass(9_000);
    expect(await notify.deliver("away")).toHaveLength(1);
    expect(away.requests).toHaveLength(1);
    notify.pass(1_000);
    expect(await notify.deliver("away")).toEqual([]);
    expect(away.requests).toHaveLength(2);
  });
});

describe("a receiver that asks for a pause with Retry-After", () => {
  const busy = { status: 429, headers: { "retry-after": "37" } };

  it("gets no other alert before it is over, and then gets them", async () => {
    await using slack = await startReceiver(busy, {});
    const notify = startNotify({ slack });
    expect(await notify.deliver("slack")).toHaveLength(1);
    notify.pass(36_000);
    expect(await notify.deliver("slack", "slack")).toHaveLength(2);
    expect(slack.requests).toHaveLength(1);
    notify.pass(1_000);
    expect(await notify.deliver("slack", "slack")).toEqual([]);
    expect(slack.requests).toHaveLength(3);
  });

  it("gets its alert again after at least that time", async () => {
    await using slack = await startReceiver(busy);
    const notify = startNotify({ slack });
    await notify.deliver("slack");
    expect(Object.values(notify.queues.pauses())).toEqual([37]);
  });
});

describe("a receiver that refuses an alert", () => {
  it("gets the next one, and the refused one is in the dead-letter queue with the answer", async () => {
    await using picky = await startReceiver({ status: 404, body: "no such channel" }, {});
    const notify = startNotify({ picky });
    expect(await notify.deliver("picky")).toEqual([]);
    expect(await notify.deliver("picky")).toEqual([]);
    expect(picky.requests).toHaveLength(2);
    const dead = notify.queues.sentTo("alerts-dead-letter");
    expect(dead).toHaveLength(1);
    expect(dead[0]?.MessageAttributes?.[DEAD_LETTER_REASON]?.StringValue).toContain(
      "it answered 404: no such channel",
    );
  });

  it("does not end the pause of one that did not answer before", async () => {
    await using away = await startReceiver("hang");
    await using other = await startReceiver({ status: 400 });
    const notify = startNotify({ away, other });
    await notify.deliver("away");
    await notify.deliver("other");
    expect(await notify.deliver("away")).toHaveLength(1);
    expect(away.requests).toHaveLength(1);
  });
});
