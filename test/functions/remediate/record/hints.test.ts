/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import type { RequestData } from "../../../../events/request.ts";
import { FAILED_JOB_TRIGGER } from "../../../support/failed-job.ts";
import { CRON_JOB, OWNER, RERUN_RULE } from "../../../support/functions/backup-objects.ts";
import {
  created,
  phases,
  toBackupWorld,
  toFailedJob,
} from "../../../support/functions/backup-world.ts";
import { createRequestWorld } from "../../../support/functions/request-world.ts";
import { parseRule } from "../../../support/functions/rule-request.ts";

type Json = Readonly<Record<string, unknown>>;

describe("a request that the rule and the live cluster confirm", () => {
  it("makes one Job, and the trigger is read once", async () => {
    const world = toBackupWorld();
    expect(await world.deliver({})).toEqual({ outcome: "done" });
    expect(phases(world)).toEqual([["Succeeded", "Remediated"]]);
    expect(world.requests).toEqual(["GET jobs/backup-1", "GET cronjobs/backup", "POST jobs"]);
  });
});

it("a request about an object in kube-system does nothing, and makes no record", async () => {
  const namespace = "kube-system";
  const world = toBackupWorld({}, toFailedJob("True", { namespace }));
  const trigger = { ...FAILED_JOB_TRIGGER, namespace };
  expect(await world.deliver({ trigger })).toEqual({ outcome: "done" });
  expect([created(world), world.records.size, world.unconfirmed]).toEqual([[], 0, ["superseded"]]);
});

describe("a forged request does nothing in the cluster", () => {
  const approval = { guards: { mode: "approval" } };
  const named = { on: { resource: "jobs.batch", namespaces: ["other"] } };
  const left = { id: "c", kind: "left", time: "2026-03-01T10:00:00.000Z" } as const;

  it.each<readonly [string, Json, Partial<RequestData>]>([
    ["of another mode than the rule's", approval, { mode: "enforce" }],
    ["in a namespace that the rule excludes", named, {}],
    ["about another resource", {}, { trigger: { ...FAILED_JOB_TRIGGER, resource: "cronjobs" } }],
    ["about a change that the rule is not about", {}, { change: left }],
    ["of a rule that does not exist", {}, { rule: { id: "other", digest: "d" } }],
    ["that says it was made by hand, without a signature", {}, { onceKey: "manual/now/me" }],
  ])("%s: it is poison", async (_what, rule, part) => {
    const world = toBackupWorld(rule);
    expect(await world.deliver(part)).toMatchObject({ outcome: "poison", code: "RequestRefused" });
    expect(created(world)).toEqual([]);
    expect(world.records.size).toBe(0);
    expect(world.alerts).toEqual([]);
  });

  it.each<readonly [string, Json, KubernetesObject]>([
    [
      "about an object that the labels exclude",
      { on: { resource: "jobs.batch", labelSelector: "team=web" } },
      toFailedJob("True"),
    ],
    [
      "about an object that the fields exclude",
      { on: { resource: "jobs.batch", fieldSelector: "metadata.name!=backup-1" } },
      toFailedJob("True"),
    ],
    [
      "in a namespace whose labels exclude it",
      { on: { resource: "jobs.batch", namespaces: { labelSelector: "team=data" } } },
      toFailedJob("True"),
    ],
    ["about an object that has not failed", {}, toFailedJob("False")],
  ])("%s: it is acknowledged as superseded", async (_what, rule, job) => {
    const world = toBackupWorld(rule, job);
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
    const world = toBackupWorld(rule);
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
    const world = toBackupWorld();
    await world.deliver({ onceKey: "object" });
    await world.deliver({ onceKey: "condition/Failed/2020-01-01T00:00:00Z" });
    expect(created(world)).toEqual(["POST jobs"]);
    expect(world.records.size).toBe(1);
  });

  it("that comes before the failure does not use its episode up", async () => {
    const world = toBackupWorld({}, toFailedJob("False"));
    await world.deliver({});
    world.put("jobs", toFailedJob("True"));
    await world.deliver({});
    expect(phases(world)).toEqual([["Succeeded", "Remediated"]]);
  });

  it("about a deletion that never was only alerts, and makes no record", async () => {
    const world = toBackupWorld({ on: { resource: "jobs.batch", changes: ["deleted"] } }, null);
    const change = { id: "c", kind: "deleted", time: world.now() } as const;
    expect(await world.deliver({ change })).toEqual({ outcome: "done" });
    expect(world.unconfirmed).toEqual(["alertedOnly"]);
    expect(created(world)).toEqual([]);
    expect(world.records.size).toBe(0);
    expect(world.alerts).toMatchObject([{ data: { problem: { code: "TriggerGone" } } }]);
  });

  it("with a time of its own choice is judged by the function's clock", async () => {
    const world = toBackupWorld({ where: 'now < timestamp("2026-02-25T00:00:00Z")' });
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
    const world = toBackupWorld();
    await world.deliver({ rule: { id: rule.id, digest: rule.digest }, mode: "approval" });
    expect([...world.records.values()].map(({ spec }) => spec.mode)).toEqual(["enforce"]);
    expect(created(world)).toEqual(["POST jobs"]);
  });
});

describe("a trigger that is gone", () => {
  it("is refused, and alerted once, if the request is signed", async () => {
    const world = toBackupWorld({}, null);
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
      const world = createRequestWorld(RERUN_RULE, toFailedJob("True"), { pipeline });
      world.put("cronjobs", CRON_JOB);
      const evidence = { object: toFailedJob(status) };
      return world.deliver({ evidence, references }, { isSigned }).then(() => world);
    };
    expect(created(await at("True", true))).toEqual(["POST jobs"]);
    expect(created(await at("False", true))).toEqual([]);
    const unsigned = await at("True", false);
    expect(created(unsigned)).toEqual([]);
    expect(unsigned.unconfirmed).toEqual(["alertedOnly"]);

    // Evidence over its limit is left out: then nothing shows the condition, nor the depth of the chain.
    const without = createRequestWorld(RERUN_RULE, toFailedJob("True"), { pipeline });
    without.put("cronjobs", CRON_JOB);
    await without.deliver({ references }, { isSigned: true });
    expect(created(without)).toEqual([]);
    expect(phases(without)).toEqual([["Refused", "TriggerGone"]]);
    expect(without.alerts).toHaveLength(1);
  });

  it("found by comparing only alerts, signed or not", async () => {
    const world = toBackupWorld({ on: { resource: "jobs.batch", changes: ["deleted"] } }, null);
    const change = { id: "c", kind: "deleted", time: world.now(), gap: true } as const;
    await world.deliver({ change }, { isSigned: true });
    expect(world.unconfirmed).toEqual(["alertedOnly"]);
    expect(world.records.size).toBe(0);
  });
});

describe("a request by hand", () => {
  it("is honoured if it is signed, under its own key, whatever the labels", async () => {
    const world = toBackupWorld({ on: { resource: "jobs.batch", labelSelector: "team=web" } });
    await world.deliver({ onceKey: "manual/1/me" }, { isSigned: true });
    await world.deliver({ onceKey: "manual/2/me", mode: "dryRun" }, { isSigned: true });
    expect(phases(world)).toEqual([
      ["Succeeded", "Remediated"],
      ["DryRun", "WouldRemediate"],
    ]);
  });

  it("is answered by a record, too, if the object does not match", async () => {
    const world = toBackupWorld({}, toFailedJob("False"));
    await world.deliver({ onceKey: "manual/1/me" }, { isSigned: true });
    expect(phases(world)).toEqual([["Refused", "ConditionNoLongerHolds"]]);
  });
});
