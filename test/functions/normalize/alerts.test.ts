/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, test } from "vitest";
import { toRecordName } from "../../../events/ids.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { createCatalog } from "../../../core/references/create-catalog.ts";
import { CLUSTER, createWorld, FAILED_JOB, NOW, RERUN, toMessage, toPipeline } from "./world.ts";

const TELL = {
  id: "tell",
  on: { resource: "events" },
  where: 'object.type == "Warning"',
  once: "change",
  then: [{ alert: { to: "platform", summary: "object.reason + ': ' + object.message" } }],
};

function toEvent(involvedObject: unknown): typeof FAILED_JOB {
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "e", namespace: "data", uid: "event-uid" },
    involvedObject,
    type: "Warning",
    reason: "Broken",
    message: "it broke",
  };
}

describe("a rule that only alerts", () => {
  test("sends its alert, with the name that the episode's record would have", async () => {
    const pipeline = toPipeline(TELL);
    const world = createWorld({ pipeline });
    const message = toMessage(pipeline, toEvent({ kind: "CronJob", name: "backup" }));
    expect(await world.normalize(JSON.stringify(message))).toEqual({ outcome: "done" });
    const identity = { clusterUid: CLUSTER.uid, ruleId: "tell", objectUid: "event-uid" };
    const alertId = toRecordName({ ...identity, onceKey: `change/${message.id}`, mode: "enforce" });
    expect(world.requests()).toEqual([]);
    expect(world.alerts()).toMatchObject([
      {
        id: alertId,
        time: NOW,
        subject: message.subject,
        data: {
          alertId,
          to: "platform",
          summary: "Broken: it broke",
          trigger: {
            apiVersion: "v1",
            kind: "Event",
            namespace: "data",
            name: "e",
            uid: "event-uid",
          },
          change: { id: message.id, kind: "modified" },
          references: [
            {
              relation: "involved",
              result: { outcome: "resolved", apiVersion: "batch/v1", provenance: "discovery" },
            },
          ],
        },
      },
    ]);
    expect(world.alerts()[0]?.data.problem).toBeUndefined();
  });

  test("sends its alert also if the reference cannot be resolved, with the reason and the candidates", async () => {
    const pipeline = toPipeline(TELL);
    const cases: readonly (readonly [unknown, object])[] = [
      [
        { kind: "Gadget", name: "x" },
        { outcome: "unresolved", reason: "unknown-kind" },
      ],
      [
        { kind: "CronJob", apiVersion: "apps/v1", name: "x" },
        { outcome: "unresolved", reason: "not-served", candidates: ["batch/v1"] },
      ],
      ["hostile", { outcome: "unresolved", reason: "malformed" }],
    ];
    for (const [involved, result] of cases) {
      const world = createWorld({ pipeline });
      const verdict = await world.normalize(JSON.stringify(toMessage(pipeline, toEvent(involved))));
      expect(verdict).toEqual({ outcome: "done" });
      expect(world.alerts()[0]?.data.references).toMatchObject([
        { field: "involvedObject", result },
      ]);
    }
  });

  test("a kind that is installed meanwhile is found by reading discovery again", async () => {
    const pipeline = toPipeline(TELL);
    const gadget = {
      group: "example.com",
      version: "v1",
      resource: "gadgets",
      kind: "Gadget",
      namespaced: true,
      preferred: true,
    };
    const later = createCatalog([...builtinCatalog().entries, gadget], "discovery");
    const world = createWorld({ pipeline, catalogs: [builtinCatalog(), later] });
    await world.normalize(
      JSON.stringify(toMessage(pipeline, toEvent({ kind: "Gadget", name: "x" }))),
    );
    expect(world.alerts()[0]?.data.references).toMatchObject([
      { result: { outcome: "resolved", apiVersion: "example.com/v1", resource: "gadgets" } },
    ]);
  });

  test("each of several alerts has an id of its own, the same at each delivery", async () => {
    const [alert] = TELL.then;
    const pipeline = toPipeline({ ...TELL, then: [alert, alert] });
    const world = createWorld({ pipeline });
    const message = JSON.stringify(toMessage(pipeline, toEvent(null)));
    await world.normalize(message);
    await world.normalize(message);
    const ids = world.alerts().map(({ data }) => data.alertId);
    expect(ids[1]).toBe(`${ids[0]}/2`);
    expect(ids.slice(2)).toEqual(ids.slice(0, 2));
  });

  test("in a dry run no alert is sent", async () => {
    const pipeline = toPipeline({ ...TELL, guards: { mode: "dryRun" } });
    const world = createWorld({ pipeline });
    await world.normalize(JSON.stringify(toMessage(pipeline, toEvent(null))));
    expect(world.alerts()).toEqual([]);
    expect(world.counts.get("Matched")).toBe(1);
  });

  test.each([
    ["object.nope", "summary: object.nope is not there"],
    ["object.metadata", "summary: it is not a string"],
    ["object.type + 1", "summary: + does not take (string, int)"],
  ])("an alert is sent even if its summary cannot be evaluated: %s", async (summary, why) => {
    const pipeline = toPipeline({ ...TELL, then: [{ alert: { to: "a", summary } }] });
    const world = createWorld({ pipeline });
    const message = toMessage(pipeline, toEvent(null));
    await world.normalize(JSON.stringify(message));
    const [alert] = world.alerts();
    expect(alert?.data.summary).toBe(`tell: ${message.subject}`);
    expect(alert?.data.problem).toMatchObject({ code: "RuleError" });
    expect(alert?.data.problem?.message).toContain(why);
  });
});

describe("what could not be decided", () => {
  test("a rule's error sends an alert with the reason and remediates nothing, once per object and version of the rule", async () => {
    const pipeline = toPipeline({ ...RERUN, where: "object.metadata.name > 3", once: "object" });
    const world = createWorld({ pipeline });
    for (const resourceVersion of ["7", "8"]) {
      await world.normalize(JSON.stringify(toMessage(pipeline, FAILED_JOB, { resourceVersion })));
    }
    expect(world.requests()).toEqual([]);
    const alerts = world.alerts();
    expect(alerts[0]?.data).toMatchObject({
      to: "oncall",
      summary: "failed: backup-1",
      problem: { code: "RuleError" },
    });
    expect(new Set(alerts.map(({ data }) => data.alertId)).size).toBe(1);
  });

  test("a deletion found by comparing lacks fields: an alert says that it is undecided, and nothing is remediated", async () => {
    const on = { resource: "jobs.batch", changes: ["deleted"] };
    const pipeline = toPipeline({ ...RERUN, on });
    const { apiVersion, kind, metadata } = FAILED_JOB;
    const bare = {
      apiVersion,
      kind,
      metadata: { name: metadata.name, namespace: "data", uid: metadata.uid },
    };
    const world = createWorld({ pipeline });
    const message = toMessage(pipeline, bare, { change: "deleted", gap: true });
    expect(await world.normalize(JSON.stringify(message))).toEqual({ outcome: "done" });
    expect(world.requests()).toEqual([]);
    expect(world.alerts()).toMatchObject([
      {
        data: {
          change: { kind: "deleted", gap: true },
          problem: { code: "Unknown", message: "object.status is not there" },
        },
      },
    ]);
  });

  test("so is a deletion whose object was left out of its message; in a dry run nobody is alerted", async () => {
    const on = { resource: "jobs.batch", changes: ["deleted"] };
    const { apiVersion, kind, metadata } = FAILED_JOB;
    const bare = {
      apiVersion,
      kind,
      metadata: { name: metadata.name, namespace: "data", uid: metadata.uid },
    };
    const alertsOf = async (rule: object): Promise<readonly unknown[]> => {
      const pipeline = toPipeline({ ...RERUN, on, ...rule });
      const world = createWorld({ pipeline });
      const message = toMessage(pipeline, bare, { change: "deleted", truncated: true });
      expect(await world.normalize(JSON.stringify(message))).toEqual({ outcome: "done" });
      expect(world.requests()).toEqual([]);
      return world.alerts().map(({ data }) => data.problem?.code);
    };
    expect(await alertsOf({})).toEqual(["Unknown"]);
    expect(await alertsOf({ guards: { mode: "dryRun" } })).toEqual([]);
  });

  test("a field that a living object lacks sends no alert: the object is young", async () => {
    const pipeline = toPipeline({
      ...RERUN,
      on: { resource: "jobs.batch", changes: ["added", "modified", "deleted"] },
    });
    const world = createWorld({ pipeline });
    const young = { ...FAILED_JOB, status: {} };
    await world.normalize(JSON.stringify(toMessage(pipeline, young)));
    await world.normalize(JSON.stringify(toMessage(pipeline, young, { change: "deleted" })));
    expect([world.requests(), world.alerts()]).toEqual([[], []]);
  });
});

test("a rule that only alerts and waits asks for a record, which sends the alerts when the wait is over", async () => {
  const [, alert] = RERUN.then;
  for (const wait of [{ for: "10m" }, { at: "object.metadata.creationTimestamp" }]) {
    const pipeline = toPipeline({ ...RERUN, then: [alert], ...wait });
    const world = createWorld({ pipeline });
    await world.normalize(JSON.stringify(toMessage(pipeline, FAILED_JOB)));
    expect([world.requests().length, world.alerts().length]).toEqual([1, 0]);
  }
});
