/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import { createRequestWorld, type RequestWorld } from "../../../support/functions/request-world.ts";

const JOB: KubernetesObject = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "backup-1", namespace: "data", uid: "job-uid", resourceVersion: "7" },
  status: { conditions: [{ type: "Failed", status: "True" }] },
};

/** A record that waits for two hours, and its wake-up. */
async function createWaiting(): Promise<RequestWorld> {
  const rule = {
    where: 'object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")',
    once: "object",
    for: "2h",
    then: [{ alert: { to: "team", summary: "'failed'" } }],
  };
  const world = createRequestWorld(rule, JOB);
  world.put("jobs", JOB);
  await world.deliver({});
  expect(world.wakeups).toHaveLength(1);
  return world;
}

const toOther = (world: RequestWorld, name: string) => ({
  record: { namespace: "kubemend", name, uid: "somebody" },
  due: new Date(Date.parse(world.now()) + 3_600_000).toISOString(),
});

it("the wake-up that a record waits for is carried on until its time", async () => {
  const world = await createWaiting();
  world.pass(900_000);
  expect(await world.forgeWakeup({})).toEqual({ outcome: "done" });
  expect(world.wakeups).toHaveLength(2);
  expect(world.wakeups[1]).toEqual(world.wakeups[0]);
});

it.each([900, 500, 10])(
  "the wake-up that a record waits for is not lost if it comes %i ms early",
  async (early) => {
    const world = await createWaiting();
    world.pass(2 * 3_600_000 - early);
    await world.forgeWakeup({});
    expect(world.wakeups).toHaveLength(2);
    await world.wake();
    expect([...world.records.values()].map(({ status }) => status?.phase)).toEqual(["Succeeded"]);
  },
);

it("a wake-up by a clock that is ahead continues a record that waits for something else", async () => {
  const world = await createWaiting();
  world.put("jobs", { ...JOB, status: {} });
  const due = new Date(Date.parse(world.now()) + 500).toISOString();
  await world.forgeWakeup({ due, changed: true });
  expect([...world.records.values()].map(({ status }) => status?.phase)).toEqual(["Refused"]);
});

it.each(["9999-12-31T23:59:59.000Z", "2026-03-01T11:30:00.000Z"])(
  "a wake-up for %s, for which no record waits, is not carried on",
  async (due) => {
    const world = await createWaiting();
    expect(await world.forgeWakeup({ due })).toEqual({ outcome: "done" });
    expect(world.wakeups).toHaveLength(1);
  },
);

it("a wake-up for a record that does not exist is not carried on", async () => {
  const world = await createWaiting();
  const part = toOther(world, `rerun-${"0".repeat(20)}`);
  expect(await world.forgeWakeup(part)).toEqual({ outcome: "done" });
  expect(world.wakeups).toHaveLength(1);
});

it.each([undefined, true] as const)(
  "wake-ups before the time of a record cause no others (changed: %s)",
  async (changed) => {
    const world = await createWaiting();
    const due = world.now();
    for (let count = 0; count < 20; count += 1) {
      await world.forgeWakeup({ due, ...(changed === undefined ? {} : { changed }) });
    }
    expect(world.wakeups).toHaveLength(1);
    expect([...world.records.values()].map(({ status }) => status?.phase)).toEqual(["Waiting"]);
  },
);

it("requests that repeat the match of a waiting record cause no wake-ups", async () => {
  const world = await createWaiting();
  for (let count = 0; count < 20; count += 1) await world.deliver({});
  expect(world.wakeups).toHaveLength(1);
});

it("a message that is delivered again sends the wake-up that its first run may not have sent", async () => {
  const world = await createWaiting();
  expect(await world.deliver({}, { isRepeated: true })).toEqual({ outcome: "done" });
  expect(world.wakeups).toHaveLength(2);
  expect(world.wakeups[1]?.data.due).toBe(world.wakeups[0]?.data.due);
});

it("wake-ups of a record that has ended cause nothing", async () => {
  const world = await createWaiting();
  await world.wake();
  const alerts = world.alerts.length;
  for (let count = 0; count < 5; count += 1) await world.forgeWakeup({});
  expect(world.wakeups).toHaveLength(1);
  expect(world.alerts).toHaveLength(alerts);
});
