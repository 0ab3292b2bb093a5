import { expect, test } from "vitest";
import type { AlertData, AlertMessage } from "../../../../events/alert.ts";
import type { RecordStatus, RemediationRecord } from "../../../../events/remediation.ts";
import { alertOn } from "../../../core/alerts/groups/group-scene.ts";
import { toRecord } from "../../../core/records/record.ts";
import { createScene, put, RULE, toPipeline } from "./check-scene.ts";

const MINUTE_MS = 60_000;

const ofRecord = (name: string, data: Partial<AlertData> = {}): AlertMessage =>
  alertOn(name, { record: { namespace: "kubemend", name: `rerun-${name}` }, ...data });

const held = (name: string): AlertMessage =>
  ofRecord(name, { problem: { code: "HeldBack", message: "MaxPerHour: 6 were started" } });

/** The record of this name, which this namespace's Job has caused. */
function recordOf(name: string, status: RecordStatus, namespace = "data"): RemediationRecord {
  const record = toRecord(status);
  const { spec, metadata } = record;
  const trigger = { ...spec.trigger, namespace };
  return { ...record, metadata: { ...metadata, name }, spec: { ...spec, trigger } };
}

function recordsWith(status: RecordStatus): Record<string, RemediationRecord> {
  return { "rerun-a": recordOf("rerun-a", status) };
}

const HELD_BACK = { phase: "Deferred", reason: "MaxPerHour" } as const;

/* oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then */
const REMEDIATING = toPipeline({
  then: [{ createJobFromCronJob: {} }, { alert: { to: "data-oncall", summary: "'x'" } }],
});

test("an alert whose record has succeeded is over, although its condition holds for ever", async () => {
  const problem = { code: "Conflict", message: "not yet" };
  const records = recordsWith({ phase: "Succeeded", reason: "Remediated" });
  const { world, look } = await createScene([ofRecord("a", { problem })], REMEDIATING, records);
  await look();
  expect(world.sent()[1]).toMatchObject({
    status: "resolved",
    group: { ended: { remediated: 1 } },
  });
});

test("the record of a rule that only alerts ends no alert: it has succeeded when the alert is sent", async () => {
  const records = recordsWith({ phase: "Succeeded", reason: "Remediated" });
  const { world, look } = await createScene([ofRecord("a")], undefined, records);
  await look();
  expect(world.sent()).toHaveLength(1);
});

/* oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then */
const MIRRORING = toPipeline({
  then: [{ mirror: { to: ["backup"] } }, { alert: { to: "data-oncall", summary: "'x'" } }],
});

test("an alert about a copy that is not in order is over when its record says that it is", async () => {
  const problem = { code: "MirrorConflict", message: "there is something else" };
  const records: Record<string, RemediationRecord> = recordsWith({ phase: "Failed" });
  const { world, look } = await createScene([ofRecord("a", { problem })], MIRRORING, records);
  await look();
  expect(world.sent()).toHaveLength(1);
  records["rerun-a"] = recordOf("rerun-a", { phase: "Succeeded", reason: "Mirrored" });
  world.nowMs += MINUTE_MS;
  await look();
  expect(world.sent()[1]).toMatchObject({ status: "resolved" });
});

test("it stays open although its object is gone or cannot be read, and ends without its record", async () => {
  const problem = { code: "Forbidden", message: "may not delete the copy" };
  const records: Record<string, RemediationRecord> = recordsWith({ phase: "Failed" });
  const { world, look } = await createScene([ofRecord("a", { problem })], MIRRORING, records);
  world.server.objects.clear();
  await look();
  expect(world.sent()).toHaveLength(1);
  delete records["rerun-a"];
  world.nowMs += MINUTE_MS;
  await look();
  expect(world.sent()[1]).toMatchObject({ status: "resolved", group: { ended: { gone: 1 } } });
});

const FAILED_STEP = { name: "deleteObject", state: "failed" } as const;

test.each<[string, RecordStatus]>([
  ["nobody knows whether it has worked", { phase: "Succeeded", reason: "VerifyUnknown" }],
  ["it has only alerted", { phase: "Succeeded", reason: "Alerted" }],
  ["there was nothing to do", { phase: "Succeeded", reason: "NothingToDo" }],
  [
    "a step has failed and onFailure succeeded, which may have undone it",
    { phase: "Succeeded", reason: "Remediated", steps: [FAILED_STEP] },
  ],
])("an alert stays open if %s, and ends with its condition", async (_what, status) => {
  const { world, look } = await createScene([ofRecord("a")], REMEDIATING, recordsWith(status));
  await look();
  expect(world.sent()).toHaveLength(1);
  expect(world.server.only().status.open[0]).not.toHaveProperty("resolvedAt");
  put(world, "a", 0);
  world.nowMs += MINUTE_MS;
  await look();
  expect(world.sent()[1]).toMatchObject({ status: "resolved", group: { ended: { fails: 1 } } });
});

test.each<RecordStatus>([{ phase: "Failed" }, { phase: "Waiting" }])(
  "one whose record has not succeeded ($phase) stays open",
  async (status) => {
    const { world, look } = await createScene([ofRecord("a")], REMEDIATING, recordsWith(status));
    await look();
    expect(world.sent()).toHaveLength(1);
  },
);

test("an alert about what is held back is sent after a minute, and ends when the record is started", async () => {
  const records = recordsWith(HELD_BACK);
  const { world, look } = await createScene([held("a")], undefined, records);
  expect(world.sent()).toEqual([]);
  world.nowMs += MINUTE_MS;
  await look();
  expect(world.sent()).toMatchObject([{ status: "firing", problem: { code: "HeldBack" } }]);
  records["rerun-a"] = recordOf("rerun-a", { phase: "Running" });
  world.nowMs += MINUTE_MS;
  await look();
  expect(world.sent()[1]).toMatchObject({ status: "resolved", group: { ended: { released: 1 } } });
});

test("it does not end as long as another record of its rule and namespace is held back", async () => {
  const records = recordsWith(HELD_BACK);
  const { world, look } = await createScene([held("a")], undefined, records);
  world.nowMs += MINUTE_MS;
  await look();
  records["rerun-a"] = recordOf("rerun-a", { phase: "Running" });
  world.server.records = [recordOf("rerun-b", HELD_BACK)];
  world.nowMs += MINUTE_MS;
  await look();
  expect(world.sent()).toHaveLength(1);
  world.server.records = [recordOf("rerun-b", HELD_BACK, "elsewhere")];
  world.nowMs += MINUTE_MS;
  await look();
  expect(world.sent()[1]).toMatchObject({ status: "resolved" });
});

test("it does not end because of a list that is not whole: a thousand records of another namespace come first", async () => {
  const records = recordsWith(HELD_BACK);
  const { world, look } = await createScene([held("a")], undefined, records);
  world.nowMs += MINUTE_MS;
  await look();
  records["rerun-a"] = recordOf("rerun-a", { phase: "Running" });
  const crowd = Array.from({ length: 1_000 }, (_none, index) => {
    const record = recordOf(`rerun-${index}`, HELD_BACK, "crowd");
    const trigger = { ...record.spec.trigger, uid: `uid-${index}` };
    return { ...record, spec: { ...record.spec, trigger } };
  });
  world.server.pages = [crowd, [recordOf("rerun-last", HELD_BACK)]];
  world.nowMs += MINUTE_MS;
  await look();
  expect(world.sent()).toHaveLength(1);
  world.server.pages = [crowd];
  world.nowMs += MINUTE_MS;
  await look();
  expect(world.sent()[1]).toMatchObject({ status: "resolved" });
});

test("an alert that says that the object is gone is not announced again", async () => {
  const problem = { code: "TriggerGone", message: "the object is gone" };
  const { world, look } = await createScene([alertOn("a", { problem })]);
  world.server.objects.clear();
  world.nowMs += MINUTE_MS;
  await look();
  expect(world.sent()).toHaveLength(1);
  world.nowMs += 4 * 60 * MINUTE_MS;
  await look();
  expect(world.sent()).toHaveLength(1);
  expect(world.server.only().status.open).toEqual([]);
});

test.each([
  ["another version of the rule", {}],
  ["no such rule yet", { id: "other" }],
])("a function with %s does not end new alerts", async (_what, rule) => {
  const ofNext = alertOn("a", { rule: { id: RULE, digest: "next" } });
  const { world, look } = await createScene([ofNext], toPipeline(rule));
  put(world, "a", 0);
  world.nowMs += 29 * MINUTE_MS;
  await look();
  expect(world.sent()).toHaveLength(1);
  world.nowMs += MINUTE_MS;
  await look();
  expect(world.sent()[1]).toMatchObject({ status: "resolved" });
});
