/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import { KubemendError } from "../../../../core/errors.ts";
import type { RequestData } from "../../../../events/request.ts";
import {
  CRON_JOB,
  OWNER,
  RERUN_RULE,
  toBackupJob,
} from "../../../support/functions/backup-objects.ts";
import {
  createRequestWorld,
  parseRule,
  type RequestWorld,
} from "../../../support/functions/request-world.ts";

type Json = Readonly<Record<string, unknown>>;

function toJob(
  status: string,
  metadata: Json = {},
  since = "2026-03-01T09:59:00Z",
): KubernetesObject {
  const labels = { team: "data" };
  const conditions = [{ type: "Failed", status, lastTransitionTime: since }];
  return toBackupJob({ metadata: { labels, ...metadata }, status: { conditions } });
}

function toWorld(rule: Json = {}, job: KubernetesObject | null = toJob("True")): RequestWorld {
  const world = createRequestWorld({ ...RERUN_RULE, ...rule }, job ?? toJob("True"));
  world.put("cronjobs", CRON_JOB);
  if (job !== null) world.put("jobs", job);
  return world;
}

const phases = (world: RequestWorld): readonly unknown[] =>
  [...world.records.values()].map(({ status }) => [status?.phase, status?.reason]);
const created = ({ requests }: RequestWorld): readonly string[] =>
  requests.filter((line) => line.startsWith("POST"));

describe("a request that the rule and the live cluster confirm", () => {
  it("makes one Job, and the trigger is read once", async () => {
    const world = toWorld();
    expect(await world.deliver({})).toEqual({ outcome: "done" });
    expect(phases(world)).toEqual([["Succeeded", "Remediated"]]);
    expect(world.requests).toEqual(["GET jobs/backup-1", "GET cronjobs/backup", "POST jobs"]);
  });
});

describe("a forged request does nothing in the cluster", () => {
  const trigger = {
    group: "batch",
    version: "v1",
    resource: "jobs",
    kind: "Job",
    namespaced: true,
    namespace: "data",
    name: "backup-1",
    uid: "job-uid",
    resourceVersion: "7",
  };
  const approval = { guards: { mode: "approval" } };
  const named = { on: { resource: "jobs.batch", namespaces: ["other"] } };
  const left = { id: "c", kind: "left", time: "2026-03-01T10:00:00.000Z" } as const;

  it.each<readonly [string, Json, Partial<RequestData>]>([
    ["of another mode than the rule's", approval, { mode: "enforce" }],
    ["in a namespace that the rule excludes", named, {}],
    ["about another resource", {}, { trigger: { ...trigger, resource: "cronjobs" } }],
    ["about a change that the rule is not about", {}, { change: left }],
    ["of a rule that does not exist", {}, { rule: { id: "other", digest: "d" } }],
    ["that says it was made by hand, without a signature", {}, { onceKey: "manual/now/me" }],
  ])("%s: it is poison", async (_what, rule, part) => {
    const world = toWorld(rule);
    expect(await world.deliver(part)).toMatchObject({ outcome: "poison", code: "RequestRefused" });
    expect(created(world)).toEqual([]);
    expect(world.records.size).toBe(0);
    expect(world.alerts).toEqual([]);
  });

  it.each<readonly [string, Json, KubernetesObject]>([
    [
      "about an object that the labels exclude",
      { on: { resource: "jobs.batch", labelSelector: "team=web" } },
      toJob("True"),
    ],
    [
      "about an object that the fields exclude",
      { on: { resource: "jobs.batch", fieldSelector: "metadata.name!=backup-1" } },
      toJob("True"),
    ],
    [
      "in a namespace whose labels exclude it",
      { on: { resource: "jobs.batch", namespaces: { labelSelector: "team=data" } } },
      toJob("True"),
    ],
    ["about an object that has not failed", {}, toJob("False")],
  ])("%s: it is acknowledged as superseded", async (_what, rule, job) => {
    const world = toWorld(rule, job);
    expect(await world.deliver({})).toEqual({ outcome: "done" });
    expect(world.unconfirmed).toEqual(["superseded"]);
    expect(created(world)).toEqual([]);
    expect(world.records.size).toBe(0);
    expect(world.alerts).toEqual([]);
  });

  it.each<readonly [string, Json]>([
    [
      "about a change that this version of the rule is not about",
      { on: { resource: "jobs.batch", changes: ["deleted"] } },
    ],
    ["of a rule that only alerts by now", { then: [{ alert: { to: "team", summary: "'x'" } }] }],
    [
      "in a namespace that this version excludes",
      { on: { resource: "jobs.batch", namespaces: ["other"] } },
    ],
  ])("%s, with another digest: it is acknowledged as superseded", async (_what, rule) => {
    const world = toWorld(rule);
    const { id } = parseRule({ ...RERUN_RULE, ...rule }).rule;
    const other = { id, digest: "of another version" };
    const change = { id: "c", kind: "modified", time: "2026-03-01T10:00:00.000Z" } as const;
    expect(await world.deliver({ rule: other, change })).toEqual({ outcome: "done" });
    expect(world.unconfirmed).toEqual(["superseded"]);
    expect(created(world)).toEqual([]);
    expect(world.records.size).toBe(0);
    expect(world.alerts).toEqual([]);
  });

  it("with another key for the same episode only leads to the record of the live one", async () => {
    const world = toWorld();
    await world.deliver({ onceKey: "object" });
    await world.deliver({ onceKey: "condition/Failed/2020-01-01T00:00:00Z" });
    expect(created(world)).toEqual(["POST jobs"]);
    expect(world.records.size).toBe(1);
  });

  it("that comes before the failure does not use its episode up", async () => {
    const world = toWorld({}, toJob("False"));
    await world.deliver({});
    world.put("jobs", toJob("True"));
    await world.deliver({});
    expect(phases(world)).toEqual([["Succeeded", "Remediated"]]);
  });

  it("about a deletion that never was only alerts, and makes no record", async () => {
    const world = toWorld({ on: { resource: "jobs.batch", changes: ["deleted"] } }, null);
    const change = { id: "c", kind: "deleted", time: world.now() } as const;
    expect(await world.deliver({ change })).toEqual({ outcome: "done" });
    expect(world.unconfirmed).toEqual(["alertedOnly"]);
    expect(created(world)).toEqual([]);
    expect(world.records.size).toBe(0);
    expect(world.alerts).toMatchObject([{ data: { problem: { code: "TriggerGone" } } }]);
  });

  it("with a time of its own choice is judged by the function's clock", async () => {
    const world = toWorld({ where: 'now < timestamp("2026-02-25T00:00:00Z")' });
    const change = { id: "c", kind: "modified", time: "2026-02-20T00:00:00.000Z" } as const;
    await world.deliver({ change });
    expect(world.unconfirmed).toEqual(["superseded"]);
    await world.deliver({ change }, { isSigned: true });
    expect(phases(world)).toEqual([["Succeeded", "Remediated"]]);
  });
});

describe("a request made by another version of the rule", () => {
  it("is decided by the function's own: its mode, and its condition", async () => {
    const { rule } = parseRule({ ...RERUN_RULE, guards: { mode: "approval" } });
    const world = toWorld();
    await world.deliver({ rule: { id: rule.id, digest: rule.digest }, mode: "approval" });
    expect([...world.records.values()].map(({ spec }) => spec.mode)).toEqual(["enforce"]);
    expect(created(world)).toEqual(["POST jobs"]);
  });
});

describe("a trigger that is gone", () => {
  it("is refused, and alerted once, if the request is signed", async () => {
    const world = toWorld({}, null);
    await world.deliver({}, { isSigned: true });
    await world.deliver({}, { isSigned: true });
    expect(phases(world)).toEqual([["Refused", "TriggerGone"]]);
    expect(world.alerts).toMatchObject([
      { data: { summary: "failed: backup-1", problem: { code: "TriggerGone" } } },
    ]);
    expect(created(world)).toEqual([]);
  });

  it("is acted upon by `ifGone: act` only on signed evidence that the rule's condition confirms", async () => {
    const rule = parseRule({ ...RERUN_RULE }).rule;
    const pipeline = {
      ...parseRule({ ...RERUN_RULE }).pipeline,
      rules: [{ ...rule, ifGone: "act" as const }],
    };
    const references = [OWNER];
    const at = (status: string, isSigned: boolean) => {
      const world = createRequestWorld(RERUN_RULE, toJob("True"), { pipeline });
      world.put("cronjobs", CRON_JOB);
      const evidence = { object: toJob(status) };
      return world.deliver({ evidence, references }, { isSigned }).then(() => world);
    };
    expect(created(await at("True", true))).toEqual(["POST jobs"]);
    expect(created(await at("False", true))).toEqual([]);
    const unsigned = await at("True", false);
    expect(created(unsigned)).toEqual([]);
    expect(unsigned.unconfirmed).toEqual(["alertedOnly"]);

    // Evidence over its limit is left out: then nothing shows the condition, nor the depth of the chain.
    const without = createRequestWorld(RERUN_RULE, toJob("True"), { pipeline });
    without.put("cronjobs", CRON_JOB);
    await without.deliver({ references }, { isSigned: true });
    expect(created(without)).toEqual([]);
    expect(phases(without)).toEqual([["Refused", "TriggerGone"]]);
    expect(without.alerts).toHaveLength(1);
  });

  it("found by comparing only alerts, signed or not", async () => {
    const world = toWorld({ on: { resource: "jobs.batch", changes: ["deleted"] } }, null);
    const change = { id: "c", kind: "deleted", time: world.now(), gap: true } as const;
    await world.deliver({ change }, { isSigned: true });
    expect(world.unconfirmed).toEqual(["alertedOnly"]);
    expect(world.records.size).toBe(0);
  });
});

describe("after a wait", () => {
  it("the selectors are asked again: a label that was taken off ends it, and nothing is done", async () => {
    const world = toWorld({
      for: "15s",
      once: { condition: "Failed" },
      on: { resource: "jobs.batch", labelSelector: "team=data" },
    });
    await world.deliver({ onceKey: "condition/Failed/2026-03-01T09:59:00Z" });
    world.put("jobs", toJob("True", { labels: {} }));
    await world.wake();
    expect(phases(world)).toEqual([["Refused", "NotSelected"]]);
    expect(created(world)).toEqual([]);
  });

  it("for a quota, too: a label that was taken off ends it, and the next match may use the record again", async () => {
    const world = toWorld({ on: { resource: "jobs.batch", labelSelector: "team=data" } });
    world.failing = new KubemendError("QuotaExceeded", "exceeded quota", { retryable: true });
    await world.deliver({});
    expect(phases(world)).toEqual([["Waiting", "Retrying"]]);
    world.put("jobs", toJob("True", { labels: {} }));
    await world.wake();
    expect(phases(world)).toEqual([["Refused", "NotSelected"]]);
    world.failing = undefined;
    world.put("jobs", toJob("True"));
    world.requests.length = 0;
    await world.deliver({});
    expect(phases(world)).toEqual([["Succeeded", "Remediated"]]);
    expect(created(world)).toEqual(["POST jobs"]);
  });

  it("for a quota, what vanished meanwhile is still mended: it has begun", async () => {
    const world = toWorld();
    world.failing = new KubemendError("QuotaExceeded", "exceeded quota", { retryable: true });
    await world.deliver({});
    world.failing = undefined;
    for (const path of world.objects.keys())
      if (path.endsWith("backup-1")) world.objects.delete(path);
    await world.wake();
    expect(phases(world)).toEqual([["Succeeded", "Remediated"]]);
  });

  it("for an approval: a label that was taken off ends it", async () => {
    const world = toWorld({
      on: { resource: "jobs.batch", labelSelector: "team=data" },
      guards: { mode: "approval" },
    });
    await world.deliver({});
    expect(phases(world)).toEqual([["AwaitingApproval", "ApprovalNeeded"]]);
    const [record] = world.records.values();
    if (record === undefined) throw new Error("there is no record");
    const approval = { decision: "approve", by: "somebody" } as const;
    world.records.set(record.metadata.name, { ...record, spec: { ...record.spec, approval } });
    world.put("jobs", toJob("True", { labels: {} }));
    world.pass(1_000);
    world.requests.length = 0;
    await world.wake(true);
    expect(phases(world)).toEqual([["Refused", "NotSelected"]]);
    expect(created(world)).toEqual([]);
  });

  it("`for` means held without a break: a condition that flapped is another episode", async () => {
    const world = toWorld({ for: "15s", once: { condition: "Failed" } });
    await world.deliver({ onceKey: "condition/Failed/2026-03-01T09:59:00Z" });
    world.put("jobs", toJob("True", {}, "2026-03-01T10:00:09Z"));
    await world.wake();
    expect(phases(world)).toEqual([["Refused", "EpisodeOver"]]);
    expect(created(world)).toEqual([]);
  });

  it("`for` ends at once when a state that does not match is reported, and continues if it holds all the same", async () => {
    const world = toWorld({ for: "15s" });
    await world.deliver({});
    const [until] = [...world.records.values()].map(({ status }) => status?.wakeAt);
    world.pass(5_000);
    await world.wake(true);
    expect(phases(world)).toEqual([["Waiting", "For"]]);
    expect([...world.records.values()].map(({ status }) => status?.wakeAt)).toEqual([until]);
    world.put("jobs", toJob("False"));
    await world.wake(true);
    expect(phases(world)).toEqual([["Refused", "ConditionNoLongerHolds"]]);
  });

  it("`for` ends at the break of a condition, whose time has changed its key, and the next match starts a new wait", async () => {
    const world = toWorld({ for: "15s", once: { condition: "Failed" } });
    const episode = (since: string) => ({ onceKey: `condition/Failed/${since}` });
    await world.deliver(episode("2026-03-01T09:59:00Z"));
    const [first] = world.records.keys();
    world.pass(5_000);
    world.put("jobs", toJob("False", {}, "2026-03-01T10:00:04Z"));
    const waits = { rule: "rerun", objectUid: "job-uid" };
    const record = { namespace: "kubemend", name: "rerun-of-another-episode", uid: "*" };
    await world.forgeWakeup({ record, waits, due: world.now(), changed: true });
    expect(phases(world)).toEqual([["Refused", "ConditionNoLongerHolds"]]);

    world.pass(5_000);
    world.put("jobs", toJob("True", {}, "2026-03-01T10:00:09Z"));
    await world.deliver(episode("2026-03-01T10:00:09Z"));
    const second = [...world.records.values()].find(({ metadata }) => metadata.name !== first);
    expect(second?.status).toMatchObject({
      phase: "Waiting",
      reason: "For",
      wakeAt: "2026-03-01T10:00:25.000Z",
    });
    expect(created(world)).toEqual([]);
  });

  it("a break of another rule or object ends no wait", async () => {
    const world = toWorld({ for: "15s", once: { condition: "Failed" } });
    await world.deliver({ onceKey: "condition/Failed/2026-03-01T09:59:00Z" });
    world.put("jobs", toJob("False"));
    const record = { namespace: "kubemend", name: "rerun-of-another-episode", uid: "*" };
    for (const waits of [
      { rule: "other", objectUid: "job-uid" },
      { rule: "rerun", objectUid: "another" },
    ]) {
      await world.forgeWakeup({ record, waits, due: world.now(), changed: true });
    }
    expect(phases(world)).toEqual([["Waiting", "For"]]);
  });

  it("a broken `for` does not use the episode up: the next match reopens the record, which keeps how it ended", async () => {
    const world = toWorld({ for: "15s" });
    await world.deliver({});
    world.put("jobs", toJob("False"));
    await world.wake();
    expect(phases(world)).toEqual([["Refused", "ConditionNoLongerHolds"]]);
    world.put("jobs", toJob("True"));
    await world.deliver({});
    expect(phases(world)).toEqual([["Waiting", "For"]]);
    await world.wake();
    expect(phases(world)).toEqual([["Succeeded", "Remediated"]]);
    expect([...world.records.values()].map(({ status }) => status?.history)).toMatchObject([
      [{ phase: "Refused", reason: "ConditionNoLongerHolds" }],
    ]);
  });

  it("an approval that expired is asked for again when the record is reopened, by an alert with an id of its own", async () => {
    const world = toWorld({ guards: { mode: "approval", approveWithin: "1h" } });
    await world.deliver({});
    await world.wake();
    expect(phases(world)).toEqual([["Expired", "ApprovalExpired"]]);
    await world.deliver({});
    expect(phases(world)).toEqual([["AwaitingApproval", "ApprovalNeeded"]]);
    const ids = world.alerts.map(({ data }) => data.alertId);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(2);
  });

  it("a time window is asked about the time of the match, so that an approval may come later", async () => {
    const world = toWorld({
      for: "2h",
      where: `${RERUN_RULE.where} && now.getHours() == 10`,
      once: "object",
    });
    await world.deliver({});
    await world.wake();
    expect(world.now()).toBe("2026-03-01T12:00:00.000Z");
    expect(phases(world)).toEqual([["Succeeded", "Remediated"]]);
  });
});

describe("a request by hand", () => {
  it("is honoured if it is signed, under its own key, whatever the labels", async () => {
    const world = toWorld({ on: { resource: "jobs.batch", labelSelector: "team=web" } });
    await world.deliver({ onceKey: "manual/1/me" }, { isSigned: true });
    await world.deliver({ onceKey: "manual/2/me", mode: "dryRun" }, { isSigned: true });
    expect(phases(world)).toEqual([
      ["Succeeded", "Remediated"],
      ["DryRun", "WouldRemediate"],
    ]);
  });

  it("is answered by a record, too, if the object does not match", async () => {
    const world = toWorld({}, toJob("False"));
    await world.deliver({ onceKey: "manual/1/me" }, { isSigned: true });
    expect(phases(world)).toEqual([["Refused", "ConditionNoLongerHolds"]]);
  });
});
