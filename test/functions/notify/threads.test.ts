import { expect, it } from "vitest";
import type { SendMessageBatchRequestEntry } from "@aws-sdk/client-sqs";
import { toThreadHandle } from "../../../adapters/receivers/slack-thread.ts";
import type { AlertMessage } from "../../../events/alert.ts";
import type { WakeupData, WakeupMessage } from "../../../events/wakeup.ts";
import { createReportThread } from "../../../functions/notify/report-thread.ts";
import { alertOn, fails } from "../../core/alerts/groups/group-scene.ts";
import { startReceiver, type ReceiverServer } from "../../support/receiver-server.ts";
import { createDeliveryScene, toReceived } from "./delivery-scene.ts";

const KEYS = ["a-key-of-24-characters-xx"];

/** normalize, remediate and notify as far as threads go, with these signing keys and a Slack on this machine. */
function createScene(server: ReceiverServer, signing: readonly string[] = KEYS) {
  const receiver = {
    type: "slackBot",
    name: "data-oncall",
    channel: "#ops",
    token: { type: "env", variable: "TOKEN" },
    api: server.url,
  } as const;
  const { world, groups, notify, wake, look } = createDeliveryScene(signing, {
    receiver,
    credential: "xoxb-1",
    toReports: (deps) => ({ reportThread: createReportThread(deps) }),
  });
  let delivered = 0;
  return {
    world,
    groups,
    status: () => world.server.only().status,
    wakeups: () => world.queues.sentTo("wakeups"),
    posted: () => server.requests.map(({ body }) => JSON.parse(body) as Record<string, unknown>),
    receive: (alert: AlertMessage) =>
      notify({ body: JSON.stringify(alert) }, { ...world.context, deadlineMs: Infinity }),
    /** notify takes what the functions have sent since. */
    deliver: async (from: number = delivered): Promise<void> => {
      delivered = from;
      for (const entry of world.queues.sentTo("alerts").slice(delivered)) {
        const verdict = await notify(toReceived(entry), { ...world.context, deadlineMs: Infinity });
        expect(verdict).toEqual({ outcome: "done" });
        delivered += 1;
      }
    },
    take: async (entry: SendMessageBatchRequestEntry | undefined, data?: Partial<WakeupData>) => {
      if (entry === undefined) throw new Error("no wake-up was sent");
      const record = toReceived(entry);
      const wakeup = JSON.parse(record.body) as WakeupMessage;
      const changed = { ...wakeup, data: { ...wakeup.data, ...data } };
      return wake(record, data === undefined ? record.body : JSON.stringify(changed));
    },
    /** The end of a window, or of the incident. */
    look,
  };
}

const slack = () =>
  startReceiver(
    ...["1.000001", "2.000002", "3.000003", "4.000004"].map((ts) => ({
      body: JSON.stringify({ ok: true, ts }),
    })),
  );

it("later messages of a group go into the thread that Slack handed out for the first one, until its end", async () => {
  await using server = await slack();
  const { world, groups, wakeups, posted, deliver, take, look, status } = createScene(server);
  await groups.send([alertOn("a"), alertOn("b")], world.context);
  await deliver();
  expect(await take(wakeups().at(-1))).toEqual({ outcome: "done" });
  world.nowMs += 300_000;
  await look();
  await deliver();
  await look(fails("a", "b"));
  await deliver();
  expect(posted().map((body) => [body["thread_ts"], body["reply_broadcast"]])).toEqual([
    [undefined, undefined],
    ["1.000001", true],
    ["1.000001", false],
  ]);
  expect(status()).not.toHaveProperty("thread");
  world.nowMs += 600_000;
  await groups.send([alertOn("a")], world.context);
  await deliver();
  expect(posted().at(-1)).not.toHaveProperty("thread_ts");
});

it("of an incident whose first message was delivered twice the first thread counts", async () => {
  await using server = await slack();
  const { world, groups, wakeups, deliver, take, status } = createScene(server);
  await groups.send([alertOn("a")], world.context);
  await deliver();
  await deliver(0);
  const handles: unknown[] = [];
  for (const wakeup of wakeups()) {
    await take(wakeup);
    handles.push(status().thread?.handle);
  }
  expect(server.requests).toHaveLength(2);
  expect(handles).toEqual(handles.map(() => expect.stringContaining("1.000001")));
});

it.each<[string, Partial<WakeupData>]>([
  ["another thread", { thread: { to: "data-oncall", key: "k", handle: "9.9/x" } }],
  ["another group", { record: { namespace: "kubemend", name: "other", uid: "*" } }],
  ["another cluster", { cluster: { name: "c", uid: "other" } }],
])("a message that was changed to name %s is dead-lettered", async (_what, data) => {
  await using server = await slack();
  const { world, groups, wakeups, deliver, take, status } = createScene(server);
  await groups.send([alertOn("a")], world.context);
  await deliver();
  expect(await take(wakeups().at(-1), data)).toMatchObject({ outcome: "poison", code: "Unsigned" });
  expect(status()).not.toHaveProperty("thread");
});

it("a thread that is reported after 28 days is dead-lettered", async () => {
  await using server = await slack();
  const { world, groups, wakeups, deliver, take, status } = createScene(server);
  await groups.send([alertOn("a")], world.context);
  await deliver();
  world.nowMs += 28.1 * 24 * 3_600_000;
  expect(await take(wakeups().at(-1))).toMatchObject({ outcome: "poison", code: "Unsigned" });
  expect(status()).not.toHaveProperty("thread");
});

it("a thread that comes after the end of its incident is not that of the next one", async () => {
  await using server = await slack();
  const { world, groups, wakeups, deliver, take, look, status } = createScene(server);
  await groups.send([alertOn("a")], world.context);
  await deliver();
  world.nowMs += 1_000;
  await look(fails("a"));
  world.nowMs += 600_000;
  await groups.send([alertOn("b")], world.context);
  expect(status().since).toBeDefined();
  expect(await take(wakeups()[0])).toEqual({ outcome: "done" });
  expect(status()).not.toHaveProperty("thread");
});

it("an alert that is not signed goes into the channel, whatever thread it names", async () => {
  await using server = await slack();
  const { posted, receive } = createScene(server, []);
  const binding = toThreadHandle("1.000001", { api: server.url, channel: "#ops" });
  await receive(alertOn("a", { thread: { key: "k", handle: binding } }));
  expect(posted()[0]).not.toHaveProperty("thread_ts");
});

it("without signing keys no thread is reported, and every message is in the channel", async () => {
  await using server = await slack();
  const { world, groups, wakeups, posted, deliver, look } = createScene(server, []);
  await groups.send([alertOn("a"), alertOn("b")], world.context);
  await deliver();
  expect(wakeups().filter(({ MessageBody = "" }) => MessageBody.includes("handle"))).toEqual([]);
  world.nowMs += 300_000;
  await look();
  await deliver();
  expect(posted()).toHaveLength(2);
  expect(posted()[1]).not.toHaveProperty("thread_ts");
});
