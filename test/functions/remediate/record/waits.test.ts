import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import { MAX_NESTING } from "../../../../events/json.ts";
import { CRON_JOB, RERUN_RULE, toBackupJob } from "../../../support/functions/backup-objects.ts";
import { createRequestWorld, type RequestWorld } from "../../../support/functions/request-world.ts";

type Json = Readonly<Record<string, unknown>>;

const toJob = (status: string, metadata: Json = {}): KubernetesObject =>
  toBackupJob({ metadata, status: { conditions: [{ type: "Failed", status }] } });

function toDeepJob(): KubernetesObject {
  let status: Json = {};
  for (let level = 0; level <= MAX_NESTING; level += 1) status = { deeper: status };
  return toBackupJob({ status });
}

function toWorld(rule: Json, job = toJob("True")): RequestWorld {
  const world = createRequestWorld({ ...RERUN_RULE, ...rule }, job);
  world.put("cronjobs", CRON_JOB);
  world.put("jobs", job);
  return world;
}

const statuses = ({ records }: RequestWorld) => [...records.values()].map(({ status }) => status);
const created = ({ requests }: RequestWorld): readonly string[] =>
  requests.filter((line) => line.startsWith("POST"));

describe("a record that waits for the time of `at`", () => {
  const at = 'timestamp(object.metadata.annotations["rerun-at"])';
  const job = toJob("True", { annotations: { "rerun-at": "2026-03-01T11:00:00Z" } });

  it("does nothing before it, and continues then", async () => {
    const until = "2026-03-01T11:00:00.000Z";
    const world = toWorld({ at }, job);
    await world.deliver({});
    expect(statuses(world)).toMatchObject([
      { phase: "Waiting", reason: "At", wakeAt: until, waitedUntil: until },
    ]);
    expect(created(world)).toEqual([]);
    await world.wake();
    expect(statuses(world)).toMatchObject([{ phase: "Succeeded" }]);
    expect(world.now()).toBe(until);
  });

  it("ends before it if a request comes and its state does not hold any more", async () => {
    const world = toWorld({ at: 'now + duration("1h")' });
    await world.deliver({});
    world.put("jobs", toJob("False"));
    world.pass(1_000);
    await world.deliver({});
    expect(statuses(world)).toMatchObject([{ phase: "Refused", reason: "ConditionNoLongerHolds" }]);
    expect(world.unconfirmed).toEqual([]);
  });

  it("ends if the time cannot be read", async () => {
    const world = toWorld({ at });
    await world.deliver({});
    expect(statuses(world)).toMatchObject([{ phase: "Refused", reason: "RuleError" }]);
    expect(created(world)).toEqual([]);
  });
});

describe("a record that waits for `for`", () => {
  const unreadable = toBackupJob({ status: { active: 1 } });

  it.each<readonly [string, KubernetesObject, string, string]>([
    [
      "the condition no longer holds",
      toJob("False"),
      "ConditionNoLongerHolds",
      "the rule's condition no longer holds",
    ],
    [
      "the condition reads what is not there any more",
      unreadable,
      "ConditionUnknown",
      "the rule's condition reads object.status.conditions, which the object does not have",
    ],
    [
      "the object is nested too deep by now",
      toDeepJob(),
      "ObjectTooDeep",
      `the rule reads object.status.conditions.*, and the object is nested more than ${MAX_NESTING} levels deep`,
    ],
  ])("ends, and says why, if %s", async (_what, job, reason, message) => {
    const world = toWorld({ for: "15s" });
    await world.deliver({});
    world.put("jobs", job);
    await world.wake();
    expect(statuses(world)).toMatchObject([{ phase: "Refused", reason, message }]);
    expect(created(world)).toEqual([]);
  });
});

describe("a rule that selects namespaces by their labels", () => {
  const on = { resource: "jobs.batch", namespaces: { labelSelector: "team=data" } };
  const toNamespace = (labels: Json): KubernetesObject => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "data", uid: "namespace-uid", labels },
  });

  it("acts in a namespace that has them, and not after they were taken off", async () => {
    const world = toWorld({ on, for: "15s" });
    world.put("namespaces", toNamespace({ team: "data" }));
    await world.deliver({});
    expect(statuses(world)).toMatchObject([{ phase: "Waiting", reason: "For" }]);
    await world.wake();
    expect(statuses(world)).toMatchObject([{ phase: "Succeeded" }]);

    const other = toWorld({ on, for: "15s" });
    other.put("namespaces", toNamespace({ team: "data" }));
    await other.deliver({});
    other.put("namespaces", toNamespace({}));
    await other.wake();
    expect(statuses(other)).toMatchObject([{ phase: "Refused", reason: "NotSelected" }]);
  });
});

describe("an approval", () => {
  it("is not asked for if nothing would be written: the action is done already", async () => {
    const then = [{ suspend: {} }, { alert: { to: "team", summary: "'stopped'" } }];
    const job = { ...toJob("True"), spec: { suspend: true } };
    const world = toWorld({ then, guards: { mode: "approval" } }, job);
    await world.deliver({});
    expect(statuses(world)).toMatchObject([{ phase: "Succeeded" }]);
    expect(world.alerts).toHaveLength(1);
    expect(world.alerts[0]?.data.summary).not.toContain("approval needed");
  });
});
