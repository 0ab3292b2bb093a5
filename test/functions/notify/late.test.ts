import { expect, it } from "vitest";
import { createReportLate } from "../../../functions/notify/report-late.ts";
import { createGroupWorld } from "../../adapters/alert-groups/group-world.ts";
import { alertOn, fails } from "../../core/alerts/groups/group-scene.ts";
import { startReceiver, type ReceiverServer } from "../../support/receiver-server.ts";
import { createDeliveryScene, toReceived } from "./delivery-scene.ts";

/** The functions as far as alerts go, with a PagerDuty on this machine. */
function createScene(server: ReceiverServer, signing: readonly string[]) {
  const routingKey = { type: "env", variable: "KEY" } as const;
  const receiver = {
    type: "pagerduty",
    name: "data-oncall",
    routingKey,
    api: server.url,
  } as const;
  const { world, groups, notify, wake, look } = createDeliveryScene(signing, {
    receiver,
    credential: "k".repeat(32),
    toReports: (deps) => ({ reportLate: createReportLate(deps) }),
  });
  const alerts = () => world.queues.sentTo("alerts");
  return {
    world,
    groups,
    wake,
    alerts,
    wakeups: () => world.queues.sentTo("wakeups").map(toReceived),
    /** The events that PagerDuty has taken. */
    events: () =>
      server.requests.map(({ body }) => {
        const { event_action, dedup_key } = JSON.parse(body) as Record<string, string>;
        return { event_action, dedup_key };
      }),
    /** notify takes the message of this index. */
    deliver: (index: number, attempt = 1) => {
      const record = toReceived(alerts().at(index));
      const attributes = { ApproximateReceiveCount: String(attempt) };
      const context = { ...world.context, deadlineMs: Infinity };
      return notify({ ...record, attributes }, context);
    },
    end: (...names: readonly string[]) => look(fails(...names)),
  };
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
  const [wakeup = toReceived(undefined)] = scene.wakeups();
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
