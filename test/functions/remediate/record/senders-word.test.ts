/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import type { RequestData } from "../../../../events/request.ts";
import { FAILED_JOB_TRIGGER } from "../../../support/failed-job.ts";
import { CRON_JOB, RERUN_RULE, toBackupJob } from "../../../support/functions/backup-objects.ts";
import { createRequestWorld, type RequestWorld } from "../../../support/functions/request-world.ts";
import { CLUSTER_UID } from "../../../support/functions/rule-request.ts";

type Json = Readonly<Record<string, unknown>>;

const JUST_NOW = "2026-03-01T09:59:30Z";
const LONG_AGO = "2026-02-01T10:00:00Z";
const FOREIGN = { isForeign: true };

function toJob(times: { readonly created: string; readonly written: string }): KubernetesObject {
  const status = { conditions: [{ type: "Failed", status: "True", lastTransitionTime: LONG_AGO }] };
  const managedFields = [{ manager: "kube-controller-manager", time: times.written }];
  return toBackupJob({ metadata: { creationTimestamp: times.created, managedFields }, status });
}

const NEW = toJob({ created: LONG_AGO, written: JUST_NOW });
const OLD = toJob({ created: LONG_AGO, written: LONG_AGO });
const CREATED = toJob({ created: JUST_NOW, written: JUST_NOW });

function toWorld(rule: Json, job: KubernetesObject | null): RequestWorld {
  const world = createRequestWorld({ ...RERUN_RULE, ...rule }, job ?? OLD);
  world.put("cronjobs", CRON_JOB);
  if (job !== null) world.put("jobs", job);
  return world;
}

const created = ({ requests }: RequestWorld): readonly string[] =>
  requests.filter((line) => line.startsWith("POST"));

const toChange = (kind: "added" | "modified" | "deleted", time: string): RequestData["change"] => ({
  id: "c".repeat(64),
  kind,
  time,
});

describe("a request without a valid signature, although signing keys are configured", () => {
  it("is carried out if the object was written just now, as the relay would have reported it", async () => {
    const world = toWorld({}, NEW);
    await world.deliver({}, FOREIGN);
    expect(created(world)).toEqual(["POST jobs"]);
  });

  it("about an object that may be as it was before the first start only alerts, under an id of its own", async () => {
    const world = toWorld({}, OLD);
    await world.deliver({}, FOREIGN);
    expect(created(world)).toEqual([]);
    expect(world.records.size).toBe(0);
    expect(world.unconfirmed).toEqual(["alertedOnly"]);
    const [alert] = world.alerts;
    expect(alert?.data.problem?.code).toBe("Unverified");

    const trusted = toWorld({}, OLD);
    await trusted.deliver({}, { isSigned: true });
    expect(created(trusted)).toEqual(["POST jobs"]);
    expect(trusted.alerts.map(({ id }) => id)).not.toContain(alert?.id);
  });

  it("about such an object is not even alerted on by a rule with `for`: nothing shows that it has lasted", async () => {
    const world = toWorld({ for: "10m" }, OLD);
    await world.deliver({}, FOREIGN);
    expect(world.unconfirmed).toEqual(["superseded"]);
    expect(world.alerts).toEqual([]);
  });

  it("about such an object is carried out by a rule that includes the initial objects", async () => {
    const on = { resource: "jobs.batch" };
    const world = toWorld({ on, initial: "include" }, OLD);
    await world.deliver({}, FOREIGN);
    expect(created(world)).toEqual(["POST jobs"]);
  });

  it("about objects that do not exist causes a few alerts a minute at most", async () => {
    const world = toWorld({}, null);
    for (let count = 0; count < 50; count += 1) {
      const trigger = toTrigger(`invented-${count}`);
      await world.deliver({ trigger }, FOREIGN);
    }
    expect(world.alerts).toHaveLength(10);
    expect(new Set(world.alerts.map(({ data }) => data.alertId)).size).toBe(10);
  });
});

function toTrigger(uid: string): RequestData["trigger"] {
  return { ...FAILED_JOB_TRIGGER, uid };
}

describe("the kind of change that an unsigned request states", () => {
  const ADDED = { on: { resource: "jobs.batch", changes: ["added"] } };
  const MODIFIED = { on: { resource: "jobs.batch", changes: ["modified"] } };
  const SAYS = { where: `${RERUN_RULE.where} && change.kind == "added"` };

  const TARGET = { whereTarget: 'change.kind == "added"' };

  it.each<readonly [string, Json, "added" | "modified", KubernetesObject, number]>([
    ["added, of an object that was created just now", ADDED, "added", CREATED, 1],
    ["added, of an object that was created long ago", ADDED, "added", NEW, 0],
    ["added, which the condition reads, of an old object", SAYS, "added", NEW, 0],
    ["modified, of an object that was written later", MODIFIED, "modified", NEW, 1],
    [
      "modified, of an object that was created and written within a second",
      MODIFIED,
      "modified",
      CREATED,
      1,
    ],
    ["added, which whereTarget reads, of an old object", TARGET, "added", NEW, 0],
    ["added, of which the rule makes nothing", {}, "added", NEW, 1],
  ])("%s", async (_what, rule, kind, job, made) => {
    const world = toWorld(rule, job);
    await world.deliver({ change: toChange(kind, world.now()) });
    expect(created(world)).toHaveLength(made);
    expect(world.unconfirmed).toEqual(made === 1 ? [] : ["alertedOnly"]);
  });

  it("is not that it was found by comparing, which only a signed request says", async () => {
    const world = toWorld({ where: `${RERUN_RULE.where} && change.gap` }, CREATED);
    const change = { ...toChange("added", world.now()), gap: true };
    await world.deliver({ change });
    expect(world.records.size).toBe(0);
    await world.deliver({ change }, { isSigned: true });
    expect(created(world)).toEqual(["POST jobs"]);
  });

  it("counts as stated if the request is signed", async () => {
    const world = toWorld(ADDED, NEW);
    await world.deliver({ change: toChange("added", world.now()) }, { isSigned: true });
    expect(created(world)).toEqual(["POST jobs"]);
  });
});

it("`once: change` is the episode of the live state, however many changes an unsigned request invents", async () => {
  const world = toWorld({ once: "change" }, NEW);
  for (const digit of ["1", "2", "3"]) {
    const id = digit.repeat(64);
    const change = { ...toChange("modified", world.now()), id };
    await world.deliver({ change, onceKey: `change/${id}` });
  }
  expect(world.records.size).toBe(1);
  expect(created(world)).toEqual(["POST jobs"]);
});

describe("a signed request that is sent again", () => {
  const DELETED = { on: { resource: "jobs.batch", changes: ["deleted"] } };
  const days = (world: RequestWorld, count: number): string =>
    new Date(Date.parse(world.now()) - count * 24 * 60 * 60_000).toISOString();

  it("within 28 days counts, as it may have waited in its queues", async () => {
    const world = toWorld(DELETED, null);
    const change = toChange("deleted", days(world, 27));
    await world.deliver({ change }, { isSigned: true });
    expect(world.records.size).toBe(1);
  });

  it("later proves nothing any more", async () => {
    const world = toWorld(DELETED, null);
    const change = toChange("deleted", days(world, 29));
    await world.deliver({ change }, { isSigned: true });
    expect(world.records.size).toBe(0);
    expect(world.alerts).toMatchObject([{ data: { problem: { code: "Unverified" } } }]);
  });

  it("by hand, later is refused", async () => {
    const world = toWorld({}, NEW);
    const change = toChange("modified", days(world, 29));
    const verdict = await world.deliver({ change, onceKey: "manual/x/me" }, { isSigned: true });
    expect(verdict).toMatchObject({ outcome: "poison", code: "RequestRefused" });
  });

  it("about an object that is gone, by another version of the rule, only alerts", async () => {
    const world = toWorld(DELETED, null);
    const rule = { id: "rerun", digest: "of another version" };
    const change = toChange("deleted", world.now());
    await world.deliver({ change, rule }, { isSigned: true });
    expect(world.records.size).toBe(0);
    expect(world.unconfirmed).toEqual(["alertedOnly"]);
  });
});

describe("the cluster's name in an unsigned request", () => {
  const THEN = [
    { createJobFromCronJob: {} },
    { alert: { to: "team", summary: "'failed in ' + cluster.name" } },
  ];
  const cluster = { name: "prod", uid: CLUSTER_UID };

  it.each([{}, { isForeign: true }, { isSigned: true }])(
    "does not decide a condition: it is that of the function's own pipeline (%j)",
    async (trust) => {
      const world = toWorld({ where: `${RERUN_RULE.where} && cluster.name == "prod"` }, NEW);
      await world.deliver({ cluster }, trust);
      expect(world.unconfirmed).toEqual(["superseded"]);
      expect(world.records.size).toBe(0);
    },
  );

  it("is neither in the record nor in its alerts", async () => {
    const world = toWorld({ then: THEN }, NEW);
    await world.deliver({ cluster }, FOREIGN);
    expect([...world.records.values()][0]?.spec.cluster.name).toBe("test");
    expect(world.alerts[0]?.data).toMatchObject({
      summary: "failed in test",
      cluster: { name: "test" },
    });
  });

  it("is not in the alerts about what the cluster does not show", async () => {
    const world = toWorld({ then: THEN }, null);
    await world.deliver({ cluster }, FOREIGN);
    expect(world.alerts[0]?.data).toMatchObject({
      summary: "failed in test",
      cluster: { name: "test" },
    });
  });
});

it("the trigger is read in the version that the rule watches, whatever version an unsigned request names", async () => {
  const toScaler = (version: string, spec: Json): KubernetesObject => ({
    apiVersion: `autoscaling/${version}`,
    kind: "HorizontalPodAutoscaler",
    metadata: { ...NEW.metadata, name: "web" },
    spec,
  });
  const rule = {
    on: { resource: "horizontalpodautoscalers.autoscaling" },
    where: "!has(object.spec.metrics)",
    then: [{ createJobFromCronJob: { cronJob: { name: "backup" } } }],
  };
  const world = toWorld(rule, null);
  const path = (version: string): string =>
    `/apis/autoscaling/${version}/namespaces/data/horizontalpodautoscalers/web`;
  world.objects.set(path("v2"), toScaler("v2", { metrics: [] }));
  world.objects.set(path("v1"), toScaler("v1", {}));
  const resource = "horizontalpodautoscalers";
  const kind = "HorizontalPodAutoscaler";
  const named = { group: "autoscaling", version: "v1", resource, kind, name: "web" };
  await world.deliver({ trigger: { ...toTrigger("job-uid"), ...named } }, FOREIGN);
  expect(world.unconfirmed).toEqual(["superseded"]);
  expect(created(world)).toEqual([]);
});
