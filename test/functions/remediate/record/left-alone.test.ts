/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import { CRON_JOB } from "../../../support/functions/backup-objects.ts";
import {
  created,
  phases,
  toBackupWorld,
  toFailedJob,
} from "../../../support/functions/backup-world.ts";
import type { RequestWorld } from "../../../support/functions/request-world.ts";
import { createCrowd, runToEnd } from "./targets/crowd.ts";

type Json = Readonly<Record<string, unknown>>;

const OUT = { "kubemend.dev/remediate": "false" };
const WAITING = { for: "15s", once: { condition: "Failed" } };
const EPISODE = { onceKey: "condition/Failed/2026-03-01T09:59:00Z" };
const optIn = { guards: { optIn: { labelSelector: "mend=yes" } } };

const toNamespace = (name: string, metadata: Json): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, uid: `${name}-uid`, ...metadata },
});

function approve(world: RequestWorld): void {
  const [record] = world.records.values();
  if (record === undefined) throw new Error("there is no record");
  const approval = { decision: "approve", by: "alice" } as const;
  const { name } = record.metadata;
  world.records.set(name, { ...record, spec: { ...record.spec, approval } });
}

describe("an object that has opted out", () => {
  it.each<readonly [string, (world: RequestWorld) => void]>([
    ["by its label", (world) => world.put("jobs", toFailedJob("True", { labels: OUT }))],
    ["by its annotation", (world) => world.put("jobs", toFailedJob("True", { annotations: OUT }))],
    [
      "by its namespace",
      (world) => world.put("namespaces", toNamespace("data", { annotations: OUT })),
    ],
  ])("%s: nothing is done, nobody is alerted, and no record is made", async (_how, optOut) => {
    const world = toBackupWorld();
    optOut(world);
    expect(await world.deliver({})).toEqual({ outcome: "done" });
    expect([created(world), world.alerts, world.records.size]).toEqual([[], [], 0]);
    expect(world.unconfirmed).toEqual(["superseded"]);
  });

  it("while its remediation waits: it ends, and starts with the next match if the label is gone", async () => {
    const world = toBackupWorld(WAITING);
    await world.deliver(EPISODE);
    world.put("jobs", toFailedJob("True", { labels: OUT }));
    await world.wake();
    expect(phases(world)).toEqual([["Refused", "OptedOut"]]);
    expect([created(world), world.alerts]).toEqual([[], []]);
    world.put("jobs", toFailedJob("True"));
    await world.deliver(EPISODE);
    await world.wake();
    expect(phases(world)).toEqual([["Succeeded", "Remediated"]]);
  });

  it("and no longer matches: it ends for that reason, so that its alerts are resolved", async () => {
    const world = toBackupWorld(WAITING);
    await world.deliver(EPISODE);
    world.put("jobs", toFailedJob("False", { labels: OUT }));
    await world.wake();
    expect(phases(world)).toEqual([["Refused", "ConditionNoLongerHolds"]]);
  });

  it("after an approval: nothing is done", async () => {
    const world = toBackupWorld({ guards: { mode: "approval" } });
    await world.deliver({});
    expect(phases(world)).toMatchObject([["AwaitingApproval", expect.anything()]]);
    approve(world);
    world.requests.length = 0;
    world.put("namespaces", toNamespace("data", { labels: OUT }));
    await world.wake(true);
    expect(phases(world)).toEqual([["Refused", "OptedOut"]]);
    expect(created(world)).toEqual([]);
  });

  it("is not acted upon for a person either, and the record says why", async () => {
    const world = toBackupWorld({}, toFailedJob("True", { labels: OUT }));
    await world.deliver({ onceKey: "manual/1/me" }, { isSigned: true });
    expect(phases(world)).toEqual([["Refused", "OptedOut"]]);
  });
});

describe("a target that has opted out", () => {
  const out = { ...CRON_JOB, metadata: { ...CRON_JOB.metadata, labels: OUT } };

  it("is not acted upon, and the alerts say why", async () => {
    const world = toBackupWorld();
    world.put("cronjobs", out);
    await world.deliver({});
    expect(phases(world)).toEqual([["Refused", "OptedOut"]]);
    expect(created(world)).toEqual([]);
    expect(world.alerts).toHaveLength(1);
    const [record] = world.records.values();
    expect(record?.status?.message).toContain("CronJob data/backup: the object has");
  });

  it("after an approval is not acted upon", async () => {
    const world = toBackupWorld({ guards: { mode: "approval" } });
    await world.deliver({});
    approve(world);
    world.requests.length = 0;
    world.put("cronjobs", out);
    await world.wake(true);
    expect(phases(world)).toEqual([["Refused", "OptedOut"]]);
    expect(created(world)).toEqual([]);
  });

  it("is passed over among many, which are all acted upon", async () => {
    const targets = { select: { resource: "pods" }, atMost: 2 };
    const crowd = createCrowd({ deleteObject: { targets, controlled: "act" } }, 2);
    crowd.addPod("out", { labels: OUT });
    await runToEnd(crowd);
    expect(crowd.writes).toEqual(["DELETE p-0000", "DELETE p-0001"]);
    expect(crowd.status().phase).toBe("Succeeded");
  });
});

describe("a rule with optIn", () => {
  it("leaves alone what has not opted in, without a record", async () => {
    const world = toBackupWorld(optIn);
    await world.deliver({});
    expect([created(world), world.records.size]).toEqual([[], 0]);
  });

  it("acts if the namespace has opted in, for the trigger and its targets", async () => {
    const world = toBackupWorld(optIn);
    world.put("namespaces", toNamespace("data", { labels: { mend: "yes" } }));
    await world.deliver({});
    expect(phases(world)).toEqual([["Succeeded", "Remediated"]]);
  });

  it("acts upon no target that has not opted in itself", async () => {
    const world = toBackupWorld(optIn, toFailedJob("True", { labels: { mend: "yes" } }));
    await world.deliver({});
    expect(phases(world)).toEqual([["Refused", "NotOptedIn"]]);
    expect(created(world)).toEqual([]);
  });
});
