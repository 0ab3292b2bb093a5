import { expect, it } from "vitest";
import type { SendMessageBatchRequestEntry } from "@aws-sdk/client-sqs";
import { openSigningKeys } from "../../../adapters/signing/open-signing-keys.ts";
import { createSign } from "../../../adapters/signing/sign.ts";
import { createVerify } from "../../../adapters/signing/verify.ts";
import { createSendWakeup } from "../../../adapters/sqs/send-wakeup.ts";
import { sendOutbox } from "../../../adapters/alert-groups/send-grouped.ts";
import { SIGNATURE_ATTRIBUTE } from "../../../events/signature.ts";
import { continueGroup } from "../../../core/alerts/groups/continue-group.ts";
import { resolveLate } from "../../../functions/remediate/alerts/resolve-late.ts";
import { toGrouped } from "../../../functions/remediate/alerts/to-grouped.ts";
import { processWakeup } from "../../../functions/remediate/message/process-wakeup.ts";
import type { ProcessDeps } from "../../../functions/remediate/message/settle.ts";
import { createDeliverAlert } from "../../../functions/notify/deliver-alert.ts";
import { createNotify } from "../../../functions/notify/notify.ts";
import { createReportLate } from "../../../functions/notify/report-late.ts";
import { createGroupWorld } from "../../adapters/alert-groups/group-world.ts";
import { toQueueUrl } from "../../adapters/lambda/invocation.ts";
import { alertOn, fails } from "../../core/alerts/groups/group-scene.ts";
import { startReceiver, type ReceiverServer } from "../../support/receiver-server.ts";

const CLUSTER = alertOn("a").data.cluster.uid;

/** The functions as far as alerts go, with a PagerDuty on this machine. */
function createScene(server: ReceiverServer, signing: readonly string[]) {
  const source = signing.length === 0 ? undefined : ({ type: "keys", keys: signing } as const);
  const keys = openSigningKeys(source, () => 0);
  const world = createGroupWorld(createSign(keys, "alerts"));
  const groups = world.start();
  const { client } = world.queues;
  const now = (): number => world.nowMs;
  const sign = createSign(keys, "wakeups");
  const sendWakeup = createSendWakeup({ client, queueUrl: toQueueUrl("wakeups"), sign, now });
  const routingKey = { type: "env", variable: "KEY" } as const;
  const pager = { type: "pagerduty", name: "data-oncall", routingKey, api: server.url } as const;
  const deliverAlert = createDeliverAlert(new Map([[pager.name, pager]]), {
    now,
    readVariable: () => "k".repeat(32),
    reportThread: async () => {},
    reportLate: createReportLate({ sendWakeup, now }),
  });
  const notify = createNotify({
    verify: createVerify(keys, "alerts"),
    receivers: [deliverAlert],
    now,
  });
  const verify = createVerify(keys, "wakeups");
  const deps = {
    now,
    clusterUid: async () => CLUSTER,
    resolveLate: (wakeup, late) => resolveLate(wakeup, late, groups, world.context),
  } as Partial<ProcessDeps> as ProcessDeps;
  const run = { holder: "r", deadlineMs: Infinity, signal: world.context.signal };
  const alerts = () => world.queues.sentTo("alerts");
  return {
    world,
    groups,
    alerts,
    wakeups: () => world.queues.sentTo("wakeups").map(toRecord),
    /** The events that PagerDuty has taken. */
    events: () =>
      server.requests.map(({ body }) => {
        const { event_action, dedup_key } = JSON.parse(body) as Record<string, string>;
        return { event_action, dedup_key };
      }),
    /** notify takes the message of this index. */
    deliver: (index: number, attempt = 1) => {
      const record = toRecord(alerts().at(index));
      const attributes = { ApproximateReceiveCount: String(attempt) };
      const context = { ...world.context, deadlineMs: Infinity };
      return notify({ ...record, attributes }, context);
    },
    wake: (record: ReturnType<typeof toRecord>, body = record.body) =>
      processWakeup(body, deps, run, async () => (await verify({ ...record, body })) === "signed"),
    end: async (...names: readonly string[]) => {
      const group = world.server.only();
      const { name } = group.metadata;
      const context = { name, now: new Date(world.nowMs).toISOString(), silences: [] };
      const { group: changed } = await groups.change(
        toGrouped(group),
        (status) => continueGroup(status, fails(...names), context),
        world.context.signal,
      );
      await sendOutbox(groups, toGrouped(group), changed?.status.outbox ?? [], world.context);
    },
  };
}

function toRecord(entry: SendMessageBatchRequestEntry | undefined) {
  const { MessageBody: body = "", MessageAttributes } = entry ?? {};
  const signature = MessageAttributes?.[SIGNATURE_ATTRIBUTE]?.StringValue;
  const signed = { [SIGNATURE_ATTRIBUTE]: { stringValue: signature } };
  return { body, ...(signature === undefined ? {} : { messageAttributes: signed }) };
}

const KEYS = ["a-key-of-24-characters-xx"];
const accepting = () => startReceiver({ status: 202 });

/** The receiver was away when the incident began, and learns of the end first. */
async function overtake(scene: ReturnType<typeof createScene>): Promise<void> {
  const { world, groups, end, deliver } = scene;
  await groups.send([alertOn("db")], world.context);
  world.nowMs += 21 * 60_000;
  await end("db");
  await deliver(1);
  world.nowMs += 15 * 60_000;
  await deliver(0, 12);
}

it("an incident does not stay open if its end overtakes its beginning", async () => {
  await using server = await accepting();
  const scene = createScene(server, KEYS);
  await overtake(scene);
  expect(scene.wakeups()).toHaveLength(1);
  for (const wakeup of scene.wakeups()) {
    expect(await scene.wake(wakeup)).toEqual({ outcome: "done" });
  }
  expect(scene.alerts()).toHaveLength(3);
  await scene.deliver(2);
  const events = scene.events();
  expect(events.map(({ event_action }) => event_action)).toEqual(["resolve", "trigger", "resolve"]);
  expect(new Set(events.map(({ dedup_key }) => dedup_key)).size).toBe(1);
  expect(scene.wakeups()).toHaveLength(1);
});

it("nor if its group is gone by then", async () => {
  await using server = await accepting();
  const scene = createScene(server, KEYS);
  await overtake(scene);
  scene.world.server.groups.clear();
  for (const wakeup of scene.wakeups()) await scene.wake(wakeup);
  await scene.deliver(2);
  expect(scene.events().at(-1)).toMatchObject({ event_action: "resolve" });
});

it("an incident that is open is not ended because its beginning came late", async () => {
  await using server = await accepting();
  const { world, groups, deliver, wakeups, wake, alerts } = createScene(server, KEYS);
  await groups.send([alertOn("db")], world.context);
  world.nowMs += 600_000;
  await deliver(0, 9);
  for (const wakeup of wakeups()) expect(await wake(wakeup)).toEqual({ outcome: "done" });
  expect(alerts()).toHaveLength(1);
});

it("one that follows is not ended with the one before", async () => {
  await using server = await accepting();
  const scene = createScene(server, KEYS);
  const { world, groups, deliver } = scene;
  await overtake(scene);
  world.nowMs += 600_000;
  await groups.send([alertOn("db", { alertId: "again" })], world.context);
  for (const wakeup of scene.wakeups()) await scene.wake(wakeup);
  await deliver(2);
  await deliver(3);
  const [, late, next, end] = scene.events();
  expect(end).toEqual({ event_action: "resolve", dedup_key: late?.dedup_key });
  expect(next?.dedup_key).not.toBe(end?.dedup_key);
});

it("an alert that is delivered in time, and the end of an incident, need no check", async () => {
  await using server = await accepting();
  const { world, groups, deliver, end, wakeups } = createScene(server, KEYS);
  await groups.send([alertOn("db")], world.context);
  await deliver(0);
  await end("db");
  world.nowMs += 600_000;
  await deliver(1, 9);
  expect(wakeups()).toEqual([]);
});

it("who may only send to the queue of wake-ups ends nothing", async () => {
  await using server = await accepting();
  const scene = createScene(server, KEYS);
  await overtake(scene);
  const [wakeup = toRecord(undefined)] = scene.wakeups();
  const forged = wakeup.body.replaceAll("2026-11-27T09:00:00.000Z", "2026-11-27T08:00:00.000Z");
  expect(forged).not.toBe(wakeup.body);
  expect(await scene.wake(wakeup, forged)).toMatchObject({ outcome: "poison", code: "Unsigned" });
  expect(scene.alerts()).toHaveLength(2);
});

it("an alert whose late delivery cannot be reported is delivered all the same, which is counted", async () => {
  const { telemetry, signal } = createGroupWorld().context;
  const counts: string[] = [];
  const report = createReportLate({
    sendWakeup: () => Promise.reject(new Error("the queue is away")),
    now: () => 60_000,
  });
  const count = (metric: string) => void counts.push(metric);
  const group = { name: "g", reason: "first", since: "s", alerts: 1, open: 1, names: [] } as const;
  const alert = alertOn("db", { group, thread: { key: "g@s" } });
  await report(alert, undefined, { telemetry: { ...telemetry, count }, signal, attempt: 2 });
  expect(counts).toEqual(["LateUnreported"]);
});
