import { expect, it } from "vitest";
import { CRON_JOB, RERUN_RULE, toBackupJob } from "../../../support/functions/backup-objects.ts";
import { createRequestWorld, type RequestWorld } from "../../../support/functions/request-world.ts";

const FAILED = toBackupJob({ status: { conditions: [{ type: "Failed", status: "True" }] } });

function toWorld(rule: Readonly<Record<string, unknown>> = {}): RequestWorld {
  const world = createRequestWorld({ ...RERUN_RULE, ...rule }, FAILED);
  world.put("cronjobs", CRON_JOB);
  world.put("jobs", FAILED);
  return world;
}

const created = ({ requests }: RequestWorld): readonly string[] =>
  requests.filter((line) => line.startsWith("POST"));

/** As if another run had written every record just now. */
function writeRecords({ records }: RequestWorld): void {
  for (const [name, record] of records) {
    const metadata = { ...record.metadata, resourceVersion: "of another run" };
    records.set(name, { ...record, metadata });
  }
}

it("a record that another run writes while it is planned is left to that run: nothing is written, and it is looked at again in 5 s", async () => {
  const world = toWorld();
  world.onRequest = (line) => {
    if (line === "GET cronjobs/backup") writeRecords(world);
  };
  const before = world.now();
  expect(await world.deliver({})).toEqual({ outcome: "done" });
  expect(created(world)).toEqual([]);
  expect(world.ended).toEqual([]);
  expect(world.wakeups.map(({ data }) => Date.parse(data.due) - Date.parse(before))).toEqual([
    5_000,
  ]);
});

it("a step is saved as started before it writes, so that a run that dies then is known to have begun", async () => {
  const world = toWorld();
  const states: unknown[] = [];
  world.onRequest = (line) => {
    if (line !== "POST jobs") return;
    for (const { status } of world.records.values()) {
      states.push([status?.phase, status?.steps?.map(({ state }) => state)]);
    }
  };
  await world.deliver({});
  expect(states).toEqual([["Running", ["started", "planned"]]]);
});

it("the end of a record is reported once, however often its request is delivered", async () => {
  const world = toWorld();
  await world.deliver({});
  await world.deliver({}, { isRepeated: true });
  expect(world.ended).toEqual([...world.records.keys()]);
});

it("a record that is deleted while it is planned is not made again", async () => {
  const world = toWorld();
  world.onRequest = (line) => {
    if (line === "GET cronjobs/backup") world.records.clear();
  };
  await world.deliver({});
  expect(created(world)).toEqual([]);
  expect(world.records.size).toBe(0);
});

it("a wake-up before its time does not look at what a record verifies", async () => {
  const world = toWorld({ verify: { where: "object.status.succeeded == 1" } });
  await world.deliver({});
  expect([...world.records.values()].map(({ status }) => status?.reason)).toEqual(["Verifying"]);
  world.requests.length = 0;
  await world.forgeWakeup({ due: world.now() });
  expect(world.requests).toEqual([]);
  await world.forgeWakeup({ due: world.now(), changed: true });
  expect(world.requests).not.toEqual([]);
});
