import { afterAll, beforeAll, expect, it } from "vitest";
import { readJobEnd } from "../../../../core/operations/job-end.ts";
import { builtinCatalog } from "../../../../core/references/builtin.ts";
import { findResource } from "../../../../core/references/find-resource.ts";
import type { Rule } from "../../../../core/pipeline/pipeline.ts";
import type { KubernetesObject, ResourceType } from "../../../../events/change.ts";
import { createTransfer } from "../../../../functions/transfer/transfer.ts";
import {
  createNamespace,
  find,
  startMirrorWorld,
  toMirrorRule,
  toTransferDeps,
  type Json,
  type MirrorWorld,
} from "../../../support/mirror/mirror-world.ts";
import {
  deliver,
  toMirroredObject,
  toTransferMessage,
} from "../../../support/mirror/transfer-message.ts";

/** The work of the target's controllers on copies: its garbage collector, and those of StatefulSets, CronJobs and volumes. */

let world: MirrorWorld;

beforeAll(async () => {
  world = await startMirrorWorld({ source: "1.33.13", target: "1.36.3" }, { hasControllers: true });
  for (const client of [world.source, world.target]) await createNamespace(client, "shop");
}, 300_000);

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

function toType(resource: string): ResourceType {
  const type = findResource(builtinCatalog(), resource);
  if (type === undefined) throw new Error(resource);
  return type;
}

function toPath(resource: string, name = ""): string {
  const { group, version, resource: plural, namespaced } = toType(resource);
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${root}${namespaced ? "/namespaces/shop" : ""}/${plural}${name === "" ? "" : `/${name}`}`;
}

function toRule(resource: string, written: Parameters<typeof toMirrorRule>[1] | Json = {}): Rule {
  const { on = {}, ...rest } = written as { readonly on?: object };
  const { namespaced } = toType(resource);
  const within = namespaced ? { namespaces: ["shop"] } : {};
  return toMirrorRule(toType(resource).resource, { on: { resource, ...within, ...on }, ...rest });
}

function create(resource: string, body: Json): Promise<KubernetesObject> {
  return world.source.request({ method: "POST", path: toPath(resource), body });
}

function patch(resource: string, name: string, body: Json, client = world.source) {
  const contentType = "application/merge-patch+json";
  return client.request({ method: "PATCH", path: toPath(resource, name), contentType, body });
}

/** Gives the function the message about a change of each of these objects. */
async function mirror(
  rules: readonly Rule[],
  objects: readonly (readonly [string, KubernetesObject])[],
) {
  const transfer = createTransfer(toTransferDeps(world, rules));
  for (const [resource, object] of objects) {
    const mirrored = toMirroredObject(toType(resource), object);
    const { verdict } = await deliver(
      transfer,
      toTransferMessage(world, toType(resource).resource, mirrored, "modified"),
    );
    expect(verdict).toMatchObject({ outcome: "done" });
  }
}

async function findCopy(resource: string, name: string): Promise<KubernetesObject | undefined> {
  return (await find(world.target, toPath(resource, name))) as KubernetesObject | undefined;
}

async function isGone(resource: string, name: string): Promise<void> {
  await expect.poll(() => findCopy(resource, name), { timeout: 60_000 }).toBeUndefined();
}

/** The time that the garbage collector needs for an object without an owner, as a ConfigMap shows whose owner never was. */
async function waitForCollection(): Promise<void> {
  const name = `collected-${Date.now()}`;
  const ownerReferences = [
    { apiVersion: "apps/v1", kind: "StatefulSet", name: "no-such", uid: `none-${Date.now()}` },
  ];
  const body = { metadata: { name, ownerReferences } };
  await world.target.request({ method: "POST", path: toPath("configmaps"), body });
  await isGone("configmaps", name);
}

const LABELS = { app: "db" };
const STATEFUL_SET = {
  serviceName: "db",
  replicas: 1,
  persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" },
  selector: { matchLabels: LABELS },
  template: {
    metadata: { labels: LABELS },
    spec: { containers: [{ name: "main", image: "db" }] },
  },
};
const CLAIM = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };

/** A StatefulSet of this name, with a claim, a ConfigMap and one with a mark in the target, all of which it owns, and the copies of all. */
async function createOwned(name: string) {
  const rules = [
    toRule("statefulsets.apps", { on: { labelSelector: "mirror=yes" } }),
    toRule("persistentvolumeclaims"),
    toRule("configmaps", { mirror: { delete: "keep" } }),
  ];
  const set = await create("statefulsets.apps", {
    metadata: { name, labels: { mirror: "yes" } },
    spec: STATEFUL_SET,
  });
  const { uid } = set.metadata;
  const ownerReferences = [
    { apiVersion: "apps/v1", kind: "StatefulSet", name, uid, controller: true },
  ];
  const dependents = [
    ["persistentvolumeclaims", `data-${name}-0`, { spec: CLAIM }],
    ["configmaps", `${name}-kept`, { data: { a: "1" } }],
    ["configmaps", `${name}-marked`, { data: { a: "1" } }],
  ] as const;
  const created: [string, KubernetesObject][] = [["statefulsets.apps", set]];
  for (const [resource, dependent, fields] of dependents) {
    const metadata = { name: dependent, labels: LABELS, ownerReferences };
    created.push([resource, await create(resource, { metadata, ...fields })]);
  }
  await mirror(rules, created);
  const mark = { metadata: { labels: { "kubemend.dev/remediate": "false" } } };
  await patch("configmaps", `${name}-marked`, mark, world.target);
  const uids = () =>
    Promise.all(
      dependents.map(
        async ([resource, dependent]) => (await findCopy(resource, dependent))?.metadata.uid,
      ),
    );
  return { rules, set, dependents, uids };
}

it("the copies that the copy of an owner owns stay when that is deleted because the rule covers the owner no more", async () => {
  const { rules, set, uids } = await createOwned("left");
  const before = await uids();
  // A Pod that the controller in the target has made goes with the StatefulSet.
  await expect
    .poll(() => find(world.target, toPath("pods", "left-0")), { timeout: 60_000 })
    .toBeDefined();
  await patch("statefulsets.apps", "left", { metadata: { labels: { mirror: null } } });
  await mirror(rules, [["statefulsets.apps", set]]);
  await isGone("statefulsets.apps", "left");
  await isGone("pods", "left-0");
  await waitForCollection();
  expect(await uids()).toEqual(before);
}, 240_000);

it("they stay when the owner is deleted in the source without them", async () => {
  const { rules, set, dependents, uids } = await createOwned("orphaning");
  const before = await uids();
  // As the garbage collector of the source does with propagationPolicy Orphan.
  for (const [resource, name] of dependents) {
    await patch(resource, name, { metadata: { ownerReferences: null } });
  }
  await world.source.request({
    method: "DELETE",
    path: toPath("statefulsets.apps", "orphaning"),
    body: { propagationPolicy: "Background" },
  });
  await mirror(rules, [["statefulsets.apps", set]]);
  await isGone("statefulsets.apps", "orphaning");
  await waitForCollection();
  expect(await uids()).toEqual(before);
}, 240_000);

const TEMPLATE = {
  spec: { restartPolicy: "Never", containers: [{ name: "main", image: "report" }] },
};

function isComplete(job: KubernetesObject | undefined): boolean {
  return readJobEnd(job)?.type === "Complete";
}

it("a Job that has ended runs once in the target, whatever deletes its copy there", async () => {
  const suspend = { mirror: { fields: { set: { "spec.suspend": true } } } };
  const rules = [toRule("cronjobs.batch", suspend), toRule("jobs.batch")];
  const limits = { successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 1 };
  const cron = await create("cronjobs.batch", {
    metadata: { name: "nightly" },
    spec: { schedule: "0 3 1 1 *", ...limits, jobTemplate: { spec: { template: TEMPLATE } } },
  });
  const toReference = (uid: string) => [
    { apiVersion: "batch/v1", kind: "CronJob", name: "nightly", uid, controller: true },
  ];
  const jobs: (readonly [string, KubernetesObject])[] = [];
  for (const name of ["nightly-1", "nightly-2"]) {
    const metadata = { name, ownerReferences: toReference(cron.metadata.uid) };
    const job = await create("jobs.batch", { metadata, spec: { template: TEMPLATE } });
    jobs.push(["jobs.batch", job]);
  }
  await mirror(rules, [["cronjobs.batch", cron], ...jobs]);
  const uid = (await findCopy("cronjobs.batch", "nightly"))?.metadata.uid ?? "";
  // Two Jobs that the copy of the CronJob does control show when its controller has looked at its history.
  const controlled = ["controlled-1", "controlled-2"];
  for (const name of controlled) {
    const body = {
      metadata: { name, ownerReferences: toReference(uid) },
      spec: { template: TEMPLATE },
    };
    await world.target.request({ method: "POST", path: toPath("jobs.batch"), body });
  }
  const findAll = (names: readonly string[]) =>
    Promise.all(names.map((name) => findCopy("jobs.batch", name)));
  const copies = ["nightly-1", "nightly-2"];
  await expect
    .poll(async () => (await findAll(copies)).map(isComplete), { timeout: 60_000 })
    .toEqual([true, true]);
  await expect
    .poll(async () => (await findAll(controlled)).filter((one) => one !== undefined).length, {
      timeout: 60_000,
    })
    .toBe(1);
  expect((await findAll(copies)).map(isComplete)).toEqual([true, true]);
  // A cleaner of the target deletes one.
  const status = {
    startTime: "2026-01-01T00:00:00Z",
    completionTime: "2026-01-01T00:00:01Z",
    succeeded: 1,
    conditions: ["SuccessCriteriaMet", "Complete"].map((type) => ({
      type,
      status: "True",
      lastTransitionTime: "2026-01-01T00:00:01Z",
    })),
  };
  await world.source.request({
    method: "PATCH",
    path: `${toPath("jobs.batch", "nightly-1")}/status`,
    contentType: "application/merge-patch+json",
    body: { status },
  });
  await world.target.request({
    method: "DELETE",
    path: toPath("jobs.batch", "nightly-1"),
    body: { propagationPolicy: "Background" },
  });
  await isGone("jobs.batch", "nightly-1");
  await mirror(rules, jobs);
  expect(await findCopy("jobs.batch", "nightly-1")).toBeUndefined();
}, 240_000);

it("a volume is for the claim of the source's volume, and not for the first one that fits", async () => {
  await createNamespace(world.target, "stranger");
  const rules = [toRule("persistentvolumes")];
  const capacity = { storage: "1Gi" };
  const volume = await create("persistentvolumes", {
    metadata: { name: "payroll" },
    spec: {
      capacity,
      accessModes: ["ReadWriteOnce"],
      storageClassName: "shared",
      nfs: { server: "files.example", path: "/payroll" },
      claimRef: { kind: "PersistentVolumeClaim", namespace: "shop", name: "payroll", uid: "u" },
    },
  });
  await mirror(rules, [["persistentvolumes", volume]]);
  const claim = (namespace: string, name: string) =>
    world.target.request<KubernetesObject>({
      method: "POST",
      path: `/api/v1/namespaces/${namespace}/persistentvolumeclaims`,
      body: { metadata: { name }, spec: { ...CLAIM, storageClassName: "shared" } },
    });
  await claim("stranger", "loot");
  await claim("shop", "payroll");
  const path = toPath("persistentvolumeclaims", "payroll");
  const bound = { spec: { volumeName: "payroll" }, status: { phase: "Bound" } };
  await expect.poll(() => find(world.target, path), { timeout: 60_000 }).toMatchObject(bound);
  const loot = "/api/v1/namespaces/stranger/persistentvolumeclaims/loot";
  expect(await find(world.target, loot)).toMatchObject({ status: { phase: "Pending" } });
  // A claim keeps its volume, whatever the source's is for by then.
  await patch("persistentvolumes", "payroll", {
    spec: { claimRef: { name: "another", uid: "v" } },
  });
  await mirror(rules, [["persistentvolumes", volume]]);
  expect(await find(world.target, toPath("persistentvolumes", "payroll"))).toMatchObject({
    spec: { claimRef: { namespace: "shop", name: "payroll" } },
    status: { phase: "Bound" },
  });
}, 240_000);
