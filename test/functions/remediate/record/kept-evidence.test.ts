/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import { KubemendError } from "../../../../core/errors.ts";
import { toCauseAnnotations } from "../../../../core/operations/loops/cause-annotations.ts";
import { CRON_JOB, RERUN_RULE, toBackupJob } from "../../../support/functions/backup-objects.ts";
import { createRequestWorld, type RequestWorld } from "../../../support/functions/request-world.ts";
import { parseRule } from "../../../support/functions/rule-request.ts";

type Json = Readonly<Record<string, unknown>>;

const QUOTA = new KubemendError("QuotaExceeded", "exceeded quota", { retryable: true });

function toJob(annotations: Readonly<Record<string, string>> = {}): KubernetesObject {
  const status = { conditions: [{ type: "Failed", status: "True" }] };
  return toBackupJob({ metadata: { annotations }, status });
}

/** A world whose rule acts on what is gone. The parser refuses some of these rules, because others than Kubemend delete such objects. */
function toWorld(rule: Json = {}, job = toJob()): RequestWorld {
  const { pipeline, rule: parsed } = parseRule({ ...RERUN_RULE, ...rule });
  const world = createRequestWorld({ ...RERUN_RULE, ...rule }, job, {
    pipeline: { ...pipeline, rules: [{ ...parsed, ifGone: "act" as const }] },
  });
  world.put("cronjobs", CRON_JOB);
  world.put("jobs", job);
  return world;
}

function removeJob({ objects }: RequestWorld): void {
  for (const path of objects.keys()) if (path.endsWith("/jobs/backup-1")) objects.delete(path);
}

const created = ({ requests }: RequestWorld): readonly string[] =>
  requests.filter((line) => line.startsWith("POST"));
const ends = (world: RequestWorld): readonly unknown[] =>
  [...world.records.values()].map(({ status }) => [status?.phase, status?.reason]);

/** As if the run had been killed before it saved anything, and the trigger vanished meanwhile. */
async function killAndGoOn(world: RequestWorld): Promise<void> {
  world.failing = QUOTA;
  await world.deliver({ evidence: { object: toJob() } }, { isSigned: true });
  world.failing = undefined;
  world.requests.length = 0;
  for (const record of world.records.values()) {
    world.records.set(record.metadata.name, { ...record, status: undefined });
  }
  removeJob(world);
  await world.forgeWakeup({ due: world.now() });
}

describe("the last reported state of an object, for a rule with `ifGone: act`", () => {
  it("is in the record, so that a run that is killed is continued although the object is gone", async () => {
    const world = toWorld();
    await killAndGoOn(world);
    expect(ends(world)).toEqual([["Succeeded", "Remediated"]]);
    expect(created(world)).toEqual(["POST jobs"]);
  });

  it("is there for the alerts, too", async () => {
    const world = toWorld();
    await killAndGoOn(world);
    expect(world.alerts).toMatchObject([{ data: { summary: "failed: backup-1" } }]);
  });

  it("survives the wait for an approval", async () => {
    const world = toWorld({ guards: { mode: "approval" } });
    await world.deliver({ evidence: { object: toJob() } }, { isSigned: true });
    expect(ends(world)).toEqual([["AwaitingApproval", "ApprovalNeeded"]]);
    for (const record of world.records.values()) {
      const approval = { decision: "approve", by: "somebody" } as const;
      const spec = { ...record.spec, approval };
      world.records.set(record.metadata.name, { ...record, spec });
    }
    removeJob(world);
    world.requests.length = 0;
    await world.forgeWakeup({ due: world.now() });
    expect(ends(world)).toEqual([["Succeeded", "Remediated"]]);
  });

  it("is not kept if the request is not signed: then the record says why nothing was done", async () => {
    const world = toWorld();
    world.failing = QUOTA;
    await world.deliver({ evidence: { object: toJob() } });
    const [record] = world.records.values();
    if (record === undefined) throw new Error("there is no record");
    expect(record.spec.evidence).toBeUndefined();
    world.records.set(record.metadata.name, { ...record, status: undefined });
    removeJob(world);
    await world.forgeWakeup({ due: world.now() });
    const [ended] = world.records.values();
    expect(ended?.status).toMatchObject({
      phase: "Refused",
      reason: "TriggerGone",
      message: expect.stringContaining("was not signed"),
    });
  });

  it("is not kept if it is larger than a record may keep", async () => {
    const world = toWorld();
    const object = { ...toJob(), note: "x".repeat(4096) };
    await world.deliver({ evidence: { object } }, { isSigned: true });
    expect([...world.records.values()].map(({ spec }) => spec.evidence)).toEqual([undefined]);
  });

  it("keeps integers beyond 2^53 digit by digit", async () => {
    const world = toWorld();
    const object = { ...toJob(), note: (JSON as unknown as Raw).rawJSON("9007199254740993") };
    await world.deliver({ evidence: { object } }, { isSigned: true });
    const [evidence] = [...world.records.values()].map(({ spec }) => spec.evidence);
    expect(evidence).toContain('"note":9007199254740993');
  });
});

type Raw = { readonly rawJSON: (text: string) => unknown };

it("the depth in a chain of remediations survives a wait that is longer than annotations count", async () => {
  const at = { record: "rerun-x", depth: 3, now: "2026-03-01T09:59:00.000Z" };
  const job = toJob(toCauseAnnotations(at));
  const world = createRequestWorld({ ...RERUN_RULE, for: "2h" }, job);
  world.put("cronjobs", CRON_JOB);
  world.put("jobs", job);
  await world.deliver({});
  expect(ends(world)).toEqual([["Waiting", "For"]]);
  await world.wake();
  expect(ends(world)).toEqual([["Refused", "LoopDepth"]]);
  expect(created(world)).toEqual([]);
});
