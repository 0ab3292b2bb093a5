import { expect, test } from "vitest";
import { KubemendError, type ErrorCode } from "../../../core/errors.ts";
import { alertOn, silence } from "../../core/alerts/groups/group-scene.ts";
import { createGroupWorld } from "./group-world.ts";

const range = (count: number, from = 0) =>
  Array.from({ length: count }, (_none, index) => alertOn(`job-${from + index}`));

test("the first alert of a group waits for one request, during which it is asked whether it is silenced", async () => {
  const world = createGroupWorld();
  const outcomes = await world.start().send([alertOn("a")], world.context);
  expect(outcomes).toMatchObject([{ outcome: "counted" }]);
  expect(world.sent()).toMatchObject([{ alertId: "alert-a", group: { reason: "first" } }]);
  // The last removes it from the outbox, when it is sent already.
  expect(world.server.asked.toSorted()).toEqual(["LIST", "POST", "PUT"]);
  expect(world.server.only().status).not.toHaveProperty("outbox");
});

test("an alert of a group that the process knows waits for one request as well", async () => {
  const world = createGroupWorld();
  const groups = world.start();
  await groups.send([alertOn("a")], world.context);
  world.server.asked.length = 0;
  world.nowMs += 600_000;
  await groups.send([alertOn("b")], world.context);
  expect(world.sent()).toHaveLength(2);
  expect(world.server.asked).toEqual(["PUT", "PUT"]);
});

test("what is to be sent is in the group before it is sent", async () => {
  const world = createGroupWorld();
  world.refuse(true);
  const outcomes = await world.start().send([alertOn("a")], world.context);
  expect(outcomes).toMatchObject([{ outcome: "refused" }]);
  expect(world.server.only().status.outbox).toMatchObject([{ id: "alert-a" }]);
});

test("an alert that was saved and not sent is sent if it comes again, under its id", async () => {
  const world = createGroupWorld();
  world.refuse(true);
  await world.start().send([alertOn("a")], world.context);
  world.refuse(false);
  world.nowMs += 2_000;
  await world.start().send([alertOn("a")], world.context);
  expect(world.sent()).toMatchObject([{ alertId: "alert-a" }]);
  expect(world.server.only().status).not.toHaveProperty("outbox");
});

test("what a process left in the outbox is sent by the next one that has an alert of the group", async () => {
  const world = createGroupWorld();
  world.refuse(true);
  await world.start().send([alertOn("a")], world.context);
  world.refuse(false);
  world.nowMs += 29_000;
  await world.start().send([alertOn("b")], world.context);
  expect(world.sent()).toEqual([]);
  world.nowMs += 1_000;
  await world.start().send([alertOn("c")], world.context);
  expect(world.sent()).toMatchObject([{ alertId: "alert-a" }]);
});

test("a storm in several processes is one message at once, and each alert is counted exactly once", async () => {
  const world = createGroupWorld();
  const processes = Array.from({ length: 5 }, () => world.start());
  // Each alert comes twice, to two processes.
  const batches = Array.from({ length: 100 }, (_none, index) => range(10, (index % 50) * 10));
  const [first = world.start()] = processes;
  await Promise.all(
    batches.map((batch, index) => (processes[index % 5] ?? first).send(batch, world.context)),
  );
  expect(world.sent()).toHaveLength(1);
  const { collected, open } = world.server.only().status;
  expect(collected?.count).toBe(499);
  expect(new Set(open.map(({ name }) => name)).size).toBe(500);
  expect(world.counts.get("AlertsUngrouped")).toBeUndefined();
});

test("one wake-up is sent for the check of the group at the end of its window", async () => {
  const world = createGroupWorld();
  const groups = world.start();
  await groups.send(range(1), world.context);
  expect(world.wakeups()).toBe(0);
  await groups.send(range(3, 1), world.context);
  await groups.send(range(3, 4), world.context);
  expect(world.wakeups()).toBe(1);
  const [wakeup] = world.queues.sentTo("wakeups");
  expect(JSON.parse(wakeup?.MessageBody ?? "")).toMatchObject({
    data: {
      record: { name: world.server.only().metadata.name },
      group: {},
      due: "2026-11-27T09:05:00.000Z",
    },
  });
  expect(wakeup?.DelaySeconds).toBe(300);
});

test("what a process knows of a group never swallows an alert: it may have been resolved meanwhile", async () => {
  const world = createGroupWorld();
  const groups = world.start();
  await groups.send([alertOn("a")], world.context);
  const group = world.server.only();
  const { since: _since, shown: _shown, windowEndsAt: _end, ...status } = group.status;
  await groups.store.save(group, { ...status, open: [] }, world.context.signal);
  await groups.send([alertOn("a")], world.context);
  expect(world.sent()).toHaveLength(2);
});

test.each<[string, ErrorCode]>([
  ["that the cluster does not know", "NotFound"],
  ["that the function may not write", "Forbidden"],
  ["of an API server that is away", "Unreachable"],
  ["that admission denies", "AdmissionDenied"],
])("alerts of a group %s are sent by themselves, and counted", async (_what, code) => {
  const world = createGroupWorld();
  world.server.before = () => {
    throw new KubemendError(code, "no", { retryable: true });
  };
  const outcomes = await world.start().send(range(3), world.context);
  expect(outcomes).toEqual([{ outcome: "sent" }, { outcome: "sent" }, { outcome: "sent" }]);
  expect(world.sent().map(({ alertId, group }) => [alertId, group])).toEqual([
    ["alert-job-0", undefined],
    ["alert-job-1", undefined],
    ["alert-job-2", undefined],
  ]);
  expect(world.counts.get("AlertsUngrouped")).toBe(3);
});

test("a group that was written by hand, so that it cannot be read, loses no alert", async () => {
  const world = createGroupWorld();
  await world.start().send([alertOn("a")], world.context);
  const { name } = world.server.only().metadata;
  world.server.groups.set(name, { ...world.server.only(), status: "none" as never });
  await world.start().send([alertOn("b")], world.context);
  expect(world.sent().map(({ alertId }) => alertId)).toEqual(["alert-a", "alert-b"]);
  expect(world.counts.get("AlertsUngrouped")).toBe(1);
});

test("one group's trouble is its own", async () => {
  const world = createGroupWorld();
  world.server.before = ({ body }) => {
    if (JSON.stringify(body ?? "").includes('"to":"broken"')) throw new Error("no");
  };
  const alerts = [alertOn("a", { to: "broken" }), alertOn("b"), alertOn("c", { to: "broken" })];
  const outcomes = await world.start().send(alerts, world.context);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(["sent", "counted", "sent"]);
});

test("an alert that is silenced is not sent, though the process learns of the silence while it writes", async () => {
  const world = createGroupWorld();
  world.server.silences = [silence({ labels: { namespace: "data" } })];
  await world.start().send([alertOn("a")], world.context);
  expect(world.sent()).toEqual([]);
  expect(world.server.only().status).toMatchObject({ silenced: { count: 1, silence: "quiet" } });
});

test("an alert of a rule with group: off is silenced, too, and otherwise sent without a group", async () => {
  const world = createGroupWorld();
  const off = alertOn("a", { grouping: "off" });
  await world.start().send([off], world.context);
  expect(world.sent()).toMatchObject([{ alertId: "alert-a" }]);
  expect(world.server.groups.size).toBe(0);
  world.server.silences = [silence({ labels: { namespace: "data" } })];
  await world.start().send([off], world.context);
  expect(world.sent()).toHaveLength(1);
});

test("if silences cannot be read, alerts go out, and that is counted", async () => {
  const world = createGroupWorld();
  world.server.before = ({ path }) => {
    if (path.endsWith("/silences")) {
      throw new KubemendError("Forbidden", "no", { retryable: false });
    }
  };
  await world.start().send([alertOn("a")], world.context);
  expect(world.sent()).toHaveLength(1);
  expect(world.counts.get("SilencesUnread")).toBe(1);
});
