import { expect, test } from "vitest";
import type { AlertGroupStatus } from "../../../events/alert-group.ts";
import { createWakeGroup } from "../../../adapters/alert-groups/wake-group.ts";
import { createSendWakeup } from "../../../adapters/sqs/send-wakeup.ts";
import { sweepGroups } from "../../../functions/sweep/sweep-groups.ts";
import { alertOn } from "../../core/alerts/groups/group-scene.ts";
import { createGroupWorld, type GroupWorld } from "../../adapters/alert-groups/group-world.ts";
import { toQueueUrl } from "../../adapters/lambda/invocation.ts";

const sweep = (world: GroupWorld) => {
  const now = (): number => world.nowMs;
  const sendWakeup = createSendWakeup({
    client: world.queues.client,
    queueUrl: toQueueUrl("wakeups"),
    now,
  });
  const wake = createWakeGroup({ sendWakeup, now: () => new Date(now()).toISOString() });
  const deps = { client: world.server.client, namespace: "kubemend", wake, now };
  return sweepGroups(deps, {}, { ...world.context, deadlineMs: Number.POSITIVE_INFINITY });
};

/** A world whose only group has this, besides. */
async function createSwept(status: Partial<AlertGroupStatus>): Promise<GroupWorld> {
  const world = createGroupWorld();
  const groups = world.start();
  await groups.send([alertOn("a")], world.context);
  const group = world.server.only();
  await groups.store.save(group, { ...group.status, open: [], ...status }, world.context.signal);
  return world;
}

test("a group with open alerts is woken in each run, so that they are resolved within a minute", async () => {
  const world = createGroupWorld();
  await world.start().send([alertOn("a")], world.context);
  expect(await sweep(world)).toMatchObject({ groups: 1, woken: 1 });
  expect(world.wakeups()).toBe(1);
});

test("a window whose wake-up was lost is ended", async () => {
  const world = await createSwept({ wakeAt: "2026-11-27T09:00:10.000Z" });
  expect(await sweep(world)).toMatchObject({ woken: 0 });
  world.nowMs += 10_000;
  expect(await sweep(world)).toMatchObject({ woken: 1 });
});

test("what a function that died has left in the outbox is sent", async () => {
  const at = "2026-11-27T09:00:00.000Z";
  const world = await createSwept({ outbox: [{ id: "alert-a", at, body: "{}" }] });
  world.nowMs += 29_000;
  expect(await sweep(world)).toMatchObject({ woken: 0 });
  world.nowMs += 1_000;
  expect(await sweep(world)).toMatchObject({ woken: 1 });
});

test("a group that has had no alert for a day is deleted", async () => {
  const world = await createSwept({});
  world.nowMs += 24 * 3_600_000 - 1;
  expect(await sweep(world)).toMatchObject({ deleted: 0 });
  world.nowMs += 1;
  expect(await sweep(world)).toMatchObject({ deleted: 1 });
  expect(world.server.groups.size).toBe(0);
});

test("a group that cannot be read is left, and the others are woken", async () => {
  const world = createGroupWorld();
  await world.start().send([alertOn("a"), alertOn("b", { to: "others" })], world.context);
  const [broken] = world.server.groups.keys();
  if (broken === undefined) throw new Error("no group");
  const group = world.server.groups.get(broken);
  world.server.groups.set(broken, { ...group, status: 7 } as never);
  expect(await sweep(world)).toMatchObject({ groups: 2, woken: 1, left: 1 });
});

test("a group that gets an alert while the sweep deletes it stays, and is not counted as deleted", async () => {
  const world = await createSwept({});
  world.nowMs += 24 * 3_600_000;
  world.server.before = ({ method }) => {
    if (method !== "DELETE") return;
    const { metadata, ...group } = world.server.only();
    const written = { ...group, metadata: { ...metadata, resourceVersion: "written since" } };
    world.server.groups.set(metadata.name, written);
  };
  expect(await sweep(world)).toMatchObject({ deleted: 0, left: 0 });
  expect(world.server.groups.size).toBe(1);
});
