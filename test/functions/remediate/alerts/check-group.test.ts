import { expect, test } from "vitest";
import { KubemendError } from "../../../../core/errors.ts";
import type { AlertGroup } from "../../../../events/alert-group.ts";
import { LOOK_MAX } from "../../../../functions/remediate/alerts/find-ends.ts";
import { createGroupWorld, type GroupWorld } from "../../../adapters/alert-groups/group-world.ts";
import { alertOn, silence } from "../../../core/alerts/groups/group-scene.ts";
import { createScene, pathOf, put, RULE, toPipeline } from "./check-scene.ts";

test("a look at the end of the window sends what was collected", async () => {
  const { world, look } = await createScene([alertOn("a"), alertOn("b"), alertOn("c")]);
  world.nowMs += 300_000;
  await look();
  expect(world.sent()).toMatchObject([{ alertId: "alert-a" }, { group: { alerts: 2, open: 3 } }]);
  expect(world.server.only().status).not.toHaveProperty("outbox");
});

test("as long as the condition of the live objects holds, nothing is written", async () => {
  const { world, look } = await createScene([alertOn("a")]);
  world.server.asked.length = 0;
  await look();
  expect(world.server.asked).not.toContain("PUT");
  expect(world.sent()).toHaveLength(1);
});

test.each<[string, (world: GroupWorld) => void, string]>([
  [
    "whose condition no longer holds",
    (world) => put(world, "a", 0),
    "the condition no longer holds",
  ],
  ["that is gone", (world) => world.server.objects.clear(), "the object is gone"],
  ["that is another one of its name", (world) => put(world, "a", 1, "new"), "the object is gone"],
])("an object %s resolves its alert", async (_what, change, why) => {
  const { world, look } = await createScene([alertOn("a")]);
  change(world);
  world.nowMs += 60_000;
  await look();
  expect(world.sent()[1]).toMatchObject({ status: "resolved", group: { open: 0 } });
  expect(world.sent()[1]?.summary).toContain(why);
});

test("an object that cannot be read keeps its alert open, and the others are checked", async () => {
  const { world, look } = await createScene([alertOn("a"), alertOn("b")]);
  put(world, "b", 0);
  world.server.before = ({ path }) => {
    if (path === pathOf("a")) throw new Error("no");
  };
  await look();
  const open = world.server.only().status.open.filter(({ resolvedAt }) => resolvedAt === undefined);
  expect(open).toMatchObject([{ name: "a" }]);
  expect(world.counts.get("AlertsUnchecked")).toBe(1);
});

test("one check reads a bounded number of objects, and the next continues with the others", async () => {
  const alerts = Array.from({ length: LOOK_MAX + 5 }, (_none, index) => alertOn(`job-${index}`));
  const { world, look } = await createScene(alerts);
  for (const { data } of alerts) put(world, data.trigger.name, 0);
  await look();
  const isOpen = ({ resolvedAt }: { readonly resolvedAt?: string | undefined }) => !resolvedAt;
  expect(world.server.only().status.open.filter(isOpen)).toHaveLength(5);
  world.nowMs += 60_000;
  await look();
  expect(world.server.only().status.open.filter(isOpen)).toHaveLength(0);
});

test("alerts of a rule that the pipeline no longer has are resolved", async () => {
  const { world, look } = await createScene([alertOn("a")], toPipeline({ id: "other" }));
  world.nowMs += 30 * 60_000;
  await look();
  expect(world.sent()[1]).toMatchObject({ status: "resolved" });
  expect(world.sent()[1]?.summary).toMatch(
    /^Over after 30m: the pipeline no longer has the rule\./,
  );
});

test("alerts of a rule about events are never resolved, and forgotten after the repeat interval", async () => {
  const events = toPipeline({
    on: { resource: "jobs.batch", changes: ["deleted"] },
    once: "object",
  });
  const { world, look } = await createScene([alertOn("a")], events);
  world.server.objects.clear();
  await look();
  expect(world.server.only().status.open).toHaveLength(1);
  world.nowMs += 4 * 3_600_000;
  await look();
  expect(world.server.only().status.open).toHaveLength(0);
  expect(world.sent()).toHaveLength(1);
});

test("what could not be sent stays in the outbox, the wake-up fails, and the next look sends it", async () => {
  const { world, look } = await createScene([alertOn("a"), alertOn("b"), alertOn("c")]);
  world.nowMs += 300_000;
  world.refuse(true);
  await expect(look()).rejects.toMatchObject({ code: "QueueUnreachable" });
  world.refuse(false);
  world.nowMs += 30_000;
  await look();
  expect(world.sent()).toMatchObject([{}, { group: { reason: "window", alerts: 2 } }]);
  expect(world.server.only().status).not.toHaveProperty("outbox");
});

test("what a process left in the outbox is sent before the group is written, so that a refused write does not hold it", async () => {
  const { world, look } = await createScene([alertOn("a"), alertOn("b")]);
  world.nowMs += 300_000;
  world.refuse(true);
  await expect(look()).rejects.toMatchObject({ code: "QueueUnreachable" });
  world.refuse(false);
  world.nowMs += 600_000;
  put(world, "a", 0);
  world.server.before = ({ method, body }) => {
    const { status } = (body ?? {}) as Partial<AlertGroup>;
    if (method === "PUT" && status?.open.length === 1) {
      throw new KubemendError("Invalid", "no", { retryable: false });
    }
  };
  await expect(look()).rejects.toMatchObject({ code: "Invalid" });
  expect(world.sent()).toMatchObject([{ alertId: "alert-a" }, { alertId: "alert-b" }]);
  expect(world.server.only().status).not.toHaveProperty("outbox");
});

test("a wake-up that comes early is sent again if the group waits for it, and otherwise ends", async () => {
  const { world, look } = await createScene([alertOn("a"), alertOn("b")]);
  const before = world.wakeups();
  const { wakeAt = "" } = world.server.only().status;
  await look({ due: wakeAt });
  // The scene's own wake-up, and the one that was sent again.
  expect(world.wakeups()).toBe(before + 2);
  await look({ due: "2027-01-01T00:00:00.000Z" });
  expect(world.wakeups()).toBe(before + 3);
  expect(world.sent()).toHaveLength(1);
});

test("further wake-ups within half a minute do not read the objects again", async () => {
  const { world, look } = await createScene([alertOn("a"), alertOn("b")]);
  const read: string[] = [];
  world.server.before = ({ path }) => void (path.includes("/jobs/") && read.push(path));
  for (let times = 0; times < 20; times += 1) await look();
  expect(read.toSorted()).toEqual([pathOf("a"), pathOf("b")]);
  put(world, "a", 0);
  put(world, "b", 0);
  world.nowMs += 30_000;
  await look();
  expect(world.server.only().status.open.filter(({ resolvedAt }) => !resolvedAt)).toEqual([]);
});

test("a silence that has ended is followed by the number of alerts that it silenced", async () => {
  const world = createGroupWorld();
  const until = new Date(world.nowMs + 600_000).toISOString();
  const scene = await createScene([]);
  scene.world.server.silences = [silence({ rule: RULE, until })];
  for (const name of ["a", "b"]) put(scene.world, name);
  await scene.groups.send([alertOn("a"), alertOn("b")], scene.world.context);
  expect(scene.world.sent()).toEqual([]);
  scene.world.nowMs += 600_000;
  await scene.look();
  expect(scene.world.sent()).toMatchObject([{ group: { alerts: 2 } }]);
  expect(scene.world.sent()[0]?.summary).toContain("silenced (quiet)");
});

test("a group that is gone is left alone", async () => {
  const { world, look } = await createScene([alertOn("a")]);
  const { name } = world.server.only().metadata;
  const looked = look({ record: { namespace: "kubemend", name: `${name}0`, uid: "*" } });
  await expect(looked).resolves.toBeUndefined();
});
