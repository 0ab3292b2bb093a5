/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../events/change.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { installTouch } from "../../support/functions/touch-action.ts";
import { carryChange, EVENT_RESOURCE, JOB_RESOURCE } from "../../support/functions/carry-change.ts";
import { createEventWriter } from "../../support/kubernetes/event-writer.ts";
import {
  startRemediationWorld,
  type Json,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";

const ATTACKER = "attacker";
const VICTIM = "victim";

function toPipeline(rule: Json): Pipeline {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    rules: [{ id: "act", once: "change", ...rule }],
  });
  if (parsed.ok) return parsed.value;
  throw new Error(JSON.stringify(parsed.error));
}

/** Runs the object of an Event, or the object that the Event calls related, again. */
function toRule(cronJob: Json, more: Json = {}): Pipeline {
  const on = { resource: "events.events.k8s.io" };
  return toPipeline({ on, then: [{ createJobFromCronJob: { cronJob } }], ...more });
}

const INVOLVED = { relation: "involved", kind: "CronJob" };
const RELATED = { relation: "related", kind: "CronJob" };

let world: RemediationWorld;
let attacker: KubernetesClient;
let count = 0;

beforeAll(async () => {
  installTouch();
  world = await startRemediationWorld();
  for (const name of [ATTACKER, VICTIM]) {
    const path = "/api/v1/namespaces";
    await world.admin.request({ method: "POST", path, body: { metadata: { name } } });
  }
  attacker = await createEventWriter(world, ATTACKER);
});

afterAll(async () => {
  await attacker?.close();
  await world?.stop();
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

/** Has the rights of a user who may create Events in the namespace `attacker` only. */
async function writeEvent(event: Json): Promise<KubernetesObject> {
  count += 1;
  return attacker.request({
    method: "POST",
    path: `/apis/events.k8s.io/v1/namespaces/${ATTACKER}/events`,
    body: {
      metadata: { name: `event-${count}` },
      eventTime: new Date().toISOString().replace("Z", "000Z"),
      reportingController: "example.com/attacker",
      reportingInstance: "attacker-1",
      type: "Warning",
      reason: "Failed",
      action: "Run",
      regarding: { apiVersion: "v1", kind: "Pod", name: "mine", namespace: ATTACKER },
      ...event,
    },
  });
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
    const related = await writeEvent({ related: toReference(target) });
    const record = await expectRefused(toRule(RELATED), related, "OutOfReach");
    expect(record?.status?.message).toBe(
      `CronJob victim/${target.metadata.name} is out of the rule's reach: Event ${related.metadata.name} is in namespace attacker. If the rule is meant to act there, set reach: [victim]`,
    );
    // The API server accepts an Event about an object of another namespace, so it gives no protection here.
    const about = await writeEvent({ regarding: toReference(target) });
    await expectRefused(toRule(INVOLVED), about, "OutOfReach");
  });

  it("cannot make it run through a rule with reach if the live object is not one that the rule selects", async () => {
    const whereTarget = 'object.metadata.labels["example.com/rerun"] == "allowed"';
    const pipeline = toRule(RELATED, { reach: [VICTIM], whereTarget });
    const plain = await createCronJob(VICTIM, { "example.com/rerun": "no" });
    const bare = await createCronJob(VICTIM);
    const lie = { labels: { "example.com/rerun": "allowed" } };

    const first = await writeEvent({ related: toReference(plain), note: JSON.stringify(lie) });
    await expectRefused(pipeline, first, "TargetRefused");
    const second = await writeEvent({ related: toReference(bare) });
    await expectRefused(pipeline, second, "TargetUnknown");
  });

  it("can make the object that the rule selects run, but no other incarnation of it", async () => {
    const whereTarget = 'object.metadata.labels["example.com/rerun"] == "allowed"';
    const pipeline = toRule(RELATED, { reach: [VICTIM], whereTarget });
    const target = await createCronJob(VICTIM, { "example.com/rerun": "allowed" });
    const uid = "00000000-0000-4000-8000-000000000000";
    const lying = await writeEvent({ related: toReference(target, { uid }) });
    await expectRefused(pipeline, lying, "CronJobReplaced");

    const before = await countJobs();
    const honest = await writeEvent({ related: toReference(target) });
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
      await writeEvent({ related: toReference(target) }),
      "OutOfReach",
    );
    const node = { apiVersion: "v1", kind: "Node", name: "node-1", uid: "node-1" };
    await expectRefused(
      toRule({ relation: "related" }, { reach: [VICTIM], whereTarget }),
      await writeEvent({ related: node }),
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
      await expectRefused(pipeline, await writeEvent({ related }), reason);
    }
  });

  it("can make CronJobs of its own namespace run if a rule says so, as the rule intends", async () => {
    const target = await createCronJob(ATTACKER);
    const before = await countJobs();
    const event = await writeEvent({ regarding: toReference(target) });
    const record = await carryChange(world, toRule(INVOLVED), event, EVENT_RESOURCE);
    expect(record?.status).toMatchObject({ phase: "Succeeded" });
    expect(await countJobs()).toBe(before + 1);
  });
});

describe("whatever an action would do, a user who may only create Events in their own namespace", () => {
  /** Creates an Event that names the object, and rules that would act upon it. */
  async function expectUntouched(
    path: string,
    written: { readonly regarding?: Json; readonly related?: Json },
    attempts: readonly (readonly [rule: Json, reason: string])[],
    more: Json = {},
  ): Promise<void> {
    const look = async (): Promise<unknown> => {
      const { metadata, spec } = await world.admin.request<Json & KubernetesObject>({
        method: "GET",
        path,
      });
      return { spec, annotations: metadata["annotations"] };
    };
    const before = await look();
    const relation = written.related === undefined ? "involved" : "related";
    for (const [rule, reason] of attempts) {
      const on = { resource: "events.events.k8s.io" };
      const pipeline = toPipeline({ on, then: [{ touch: { relation, ...more } }], ...rule });
      const record = await carryChange(world, pipeline, await writeEvent(written), EVENT_RESOURCE);
      expect(record?.status).toMatchObject({ phase: "Refused", reason });
      expect(record?.status?.message).toEqual(expect.any(String));
    }
    expect(await look()).toEqual(before);
  }

  const create = (path: string, body: Json): Promise<KubernetesObject> =>
    world.admin.request({ method: "POST", path, body });

  it("cannot make a Node be drained", async () => {
    const path = "/api/v1/nodes";
    const metadata = { name: "node-1", labels: { "example.com/drain": "never" } };
    const node = await create(path, { metadata });
    const reference = { apiVersion: "v1", kind: "Node", name: "node-1", uid: node.metadata.uid };
    const attempts = [
      [{}, "OutOfReach"],
      [{ reach: [ATTACKER, VICTIM], whereTarget: "true" }, "OutOfReach"],
      [
        { reach: "cluster", whereTarget: `object.metadata.labels["example.com/drain"] == "now"` },
        "TargetRefused",
      ],
      [
        { reach: "cluster", whereTarget: `object.metadata.labels["example.com/broken"] == "yes"` },
        "TargetUnknown",
      ],
    ] as const;
    // Without a namespace the API server accepts it only in `default`; with this false namespace it accepts it anywhere.
    const regarding = { ...reference, namespace: ATTACKER };
    await expectUntouched(`${path}/node-1`, { regarding }, attempts);
    await expectUntouched(`${path}/node-1`, { related: reference }, attempts);
  });

  it("cannot make a Job of another namespace run again", async () => {
    const path = `/apis/batch/v1/namespaces/${VICTIM}/jobs`;
    const pod = { restartPolicy: "Never", containers: [{ name: "main", image: "none" }] };
    const spec = { suspend: true, template: { spec: pod } };
    const job = await create(path, { metadata: { name: "payroll" }, spec });
    const { uid } = job.metadata;
    const reference = {
      apiVersion: "batch/v1",
      kind: "Job",
      name: "payroll",
      namespace: VICTIM,
      uid,
    };
    await expectUntouched(`${path}/payroll`, { regarding: reference }, [
      [{}, "OutOfReach"],
      [{ reach: [ATTACKER], whereTarget: "true" }, "OutOfReach"],
      [{ reach: [VICTIM], whereTarget: "object.spec.suspend == false" }, "TargetRefused"],
    ]);
  });

  it("cannot make the owner of another namespace's Secret restart", async () => {
    const pod = { containers: [{ name: "main", image: "none" }] };
    const template = { metadata: { labels: { app: "vault" } }, spec: pod };
    const deployments = `/apis/apps/v1/namespaces/${VICTIM}/deployments`;
    const vault = await create(deployments, {
      metadata: { name: "vault" },
      spec: { replicas: 0, paused: true, selector: { matchLabels: { app: "vault" } }, template },
    });
    const { uid } = vault.metadata;
    const owner = { apiVersion: "apps/v1", kind: "Deployment", name: "vault", uid };
    const secret = await create(`/api/v1/namespaces/${VICTIM}/secrets`, {
      metadata: { name: "vault", ownerReferences: [owner] },
    });
    const regarding = {
      apiVersion: "v1",
      kind: "Secret",
      name: "vault",
      namespace: VICTIM,
      uid: secret.metadata.uid,
    };
    const restart = `object.metadata.annotations["example.com/restart"] == "allowed"`;
    await expectUntouched(
      `${deployments}/vault`,
      { regarding },
      [
        [{}, "OutOfReach"],
        [{ reach: [VICTIM], whereTarget: restart }, "TargetUnknown"],
      ],
      { owner: true },
    );
  });

  it("finds no rule that has reach and does not check its target: such a pipeline is rejected", () => {
    const on = { resource: "events.events.k8s.io" };
    for (const reach of ["cluster", [VICTIM]]) {
      expect(() => toPipeline({ on, reach, then: [{ touch: { relation: "involved" } }] })).toThrow(
        /whereTarget is missing: anyone who may create Events can write one about any object/,
      );
    }
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
