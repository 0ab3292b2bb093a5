/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../events/change.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { carryChange, EVENT_RESOURCE, JOB_RESOURCE } from "../../support/functions/carry-change.ts";
import type { Json, RemediationWorld } from "../../support/functions/remediation-world.ts";
import {
  ATTACKER,
  startAttackScene,
  toPipeline,
  VICTIM,
  type AttackScene,
} from "./attack-scene.ts";

/** Runs the object of an Event, or the object that the Event calls related, again. */
function toRule(cronJob: Json, more: Json = {}): Pipeline {
  const on = { resource: "events.events.k8s.io" };
  return toPipeline({ on, then: [{ createJobFromCronJob: { cronJob } }], ...more });
}

const INVOLVED = { relation: "involved", kind: "CronJob" };
const RELATED = { relation: "related", kind: "CronJob" };

let scene: AttackScene;
let world: RemediationWorld;
let count = 0;

beforeAll(async () => {
  scene = await startAttackScene();
  ({ world } = scene);
});

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

async function createCronJob(
  namespace: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<KubernetesObject> {
  count += 1;
  const pod = { restartPolicy: "Never", containers: [{ name: "main", image: "none" }] };
  return world.admin.request({
    method: "POST",
    path: `/apis/batch/v1/namespaces/${namespace}/cronjobs`,
    body: {
      metadata: { name: `backup-${count}`, labels },
      spec: { schedule: "0 3 1 1 *", jobTemplate: { spec: { template: { spec: pod } } } },
    },
  });
}

function toReference({ metadata }: KubernetesObject, more: Json = {}): Json {
  const { name, namespace, uid } = metadata;
  return { apiVersion: "batch/v1", kind: "CronJob", name, namespace, uid, ...more };
}

async function countJobs(): Promise<number> {
  const path = "/apis/batch/v1/jobs";
  const { items } = await world.admin.request<{ items: readonly unknown[] }>({
    method: "GET",
    path,
  });
  return items.length;
}

/** Carries out an attack, and proves that it created no Job in any namespace. */
async function expectRefused(
  pipeline: Pipeline,
  object: KubernetesObject,
  reason: string,
  resource = EVENT_RESOURCE,
): Promise<RemediationRecord | undefined> {
  const before = await countJobs();
  const record = await carryChange(world, pipeline, object, resource);
  expect(record?.status).toMatchObject({ phase: "Refused", reason });
  expect(await countJobs()).toBe(before);
  return record;
}

describe("a user who may only create Events in their own namespace", () => {
  it("cannot make another namespace's CronJob run, whichever field of the Event names it", async () => {
    const target = await createCronJob(VICTIM);
    const related = await scene.writeEvent({ related: toReference(target) });
    const record = await expectRefused(toRule(RELATED), related, "OutOfReach");
    expect(record?.status?.message).toBe(
      `CronJob victim/${target.metadata.name} is out of the rule's reach: Event ${related.metadata.name} is in namespace attacker. If the rule is meant to act there, set reach: [victim]`,
    );
    // The API server accepts an Event about an object of another namespace, so it gives no protection here.
    const about = await scene.writeEvent({ regarding: toReference(target) });
    await expectRefused(toRule(INVOLVED), about, "OutOfReach");
  });

  it("cannot make it run through a rule with reach if the live object is not one that the rule selects", async () => {
    const whereTarget = 'object.metadata.labels["example.com/rerun"] == "allowed"';
    const pipeline = toRule(RELATED, { reach: [VICTIM], whereTarget });
    const plain = await createCronJob(VICTIM, { "example.com/rerun": "no" });
    const bare = await createCronJob(VICTIM);
    const lie = { labels: { "example.com/rerun": "allowed" } };

    const first = await scene.writeEvent({
      related: toReference(plain),
      note: JSON.stringify(lie),
    });
    await expectRefused(pipeline, first, "TargetRefused");
    const second = await scene.writeEvent({ related: toReference(bare) });
    await expectRefused(pipeline, second, "TargetUnknown");
  });

  it("can make the object that the rule selects run, but no other incarnation of it", async () => {
    const whereTarget = 'object.metadata.labels["example.com/rerun"] == "allowed"';
    const pipeline = toRule(RELATED, { reach: [VICTIM], whereTarget });
    const target = await createCronJob(VICTIM, { "example.com/rerun": "allowed" });
    const uid = "00000000-0000-4000-8000-000000000000";
    const lying = await scene.writeEvent({ related: toReference(target, { uid }) });
    await expectRefused(pipeline, lying, "CronJobReplaced");

    const before = await countJobs();
    const honest = await scene.writeEvent({ related: toReference(target) });
    const record = await carryChange(world, pipeline, honest, EVENT_RESOURCE);
    expect(record?.status).toMatchObject({ phase: "Succeeded" });
    expect(await countJobs()).toBe(before + 1);
  });

  it("reaches only the listed namespaces, and nothing that is cluster-scoped", async () => {
    const whereTarget = "true";
    const elsewhere = toRule(RELATED, { reach: ["other"], whereTarget });
    const target = await createCronJob(VICTIM);
    await expectRefused(
      elsewhere,
      await scene.writeEvent({ related: toReference(target) }),
      "OutOfReach",
    );
    const node = { apiVersion: "v1", kind: "Node", name: "node-1", uid: "node-1" };
    await expectRefused(
      toRule({ relation: "related" }, { reach: [VICTIM], whereTarget }),
      await scene.writeEvent({ related: node }),
      "ReferenceNotCronJob",
    );
  });

  it("gains nothing from references that do not match their target", async () => {
    const target = await createCronJob(VICTIM);
    const { name } = target.metadata;
    const whereTarget = "true";
    const pipeline = toRule(RELATED, { reach: "cluster", whereTarget });
    for (const [related, reason] of [
      [
        { kind: "CronJob", apiVersion: "example.com/v1", name, namespace: VICTIM },
        "ReferenceUnresolved",
      ],
      [
        { kind: "CronJob", apiVersion: "batch/v1", name: `../${VICTIM}/cronjobs/${name}` },
        "ReferenceUnresolved",
      ],
      [{ kind: "Secret", apiVersion: "v1", name, namespace: VICTIM }, "ReferenceMissing"],
      [
        { kind: "CronJob", apiVersion: "batch/v1", name: "gone", namespace: VICTIM },
        "CronJobNotFound",
      ],
    ] as const) {
      await expectRefused(pipeline, await scene.writeEvent({ related }), reason);
    }
  });

  it("can make CronJobs of its own namespace run if a rule says so, as the rule intends", async () => {
    const target = await createCronJob(ATTACKER);
    const before = await countJobs();
    const event = await scene.writeEvent({ regarding: toReference(target) });
    const record = await carryChange(world, toRule(INVOLVED), event, EVENT_RESOURCE);
    expect(record?.status).toMatchObject({ phase: "Succeeded" });
    expect(await countJobs()).toBe(before + 1);
  });
});

describe("false owner references", () => {
  async function createJob(owners: readonly Json[]): Promise<KubernetesObject> {
    count += 1;
    const pod = { restartPolicy: "Never", containers: [{ name: "main", image: "none" }] };
    return world.admin.request({
      method: "POST",
      path: `/apis/batch/v1/namespaces/${ATTACKER}/jobs`,
      body: {
        metadata: { name: `job-${count}`, ownerReferences: owners },
        spec: { template: { spec: pod } },
      },
    });
  }
  const RERUN = toPipeline({
    on: { resource: "jobs.batch" },
    reach: "cluster",
    then: [{ createJobFromCronJob: { cronJob: "owner" } }],
  });
  const own = (name: string, uid: string, more: Json = {}): Json => ({
    apiVersion: "batch/v1",
    kind: "CronJob",
    name,
    uid,
    ...more,
  });

  it("name a CronJob of another namespace: an owner is in the namespace of its dependent", async () => {
    const target = await createCronJob(VICTIM);
    const { name, uid } = target.metadata;
    await expectRefused(RERUN, await createJob([own(name, uid)]), "CronJobNotFound", JOB_RESOURCE);
  });

  it("name one with another uid, or with an invalid one", async () => {
    const target = await createCronJob(ATTACKER);
    const { name } = target.metadata;
    const other = await createJob([own(name, "00000000-0000-4000-8000-000000000000")]);
    await expectRefused(RERUN, other, "CronJobReplaced", JOB_RESOURCE);
    await expectRefused(
      RERUN,
      await createJob([own(name, "any")]),
      "OwnerUnconfirmed",
      JOB_RESOURCE,
    );
  });

  it("name several owners", async () => {
    const [one, two] = [await createCronJob(ATTACKER), await createCronJob(ATTACKER)];
    const job = await createJob([one, two].map(({ metadata }) => own(metadata.name, metadata.uid)));
    await expectRefused(RERUN, job, "OwnerAmbiguous", JOB_RESOURCE);
  });
});
