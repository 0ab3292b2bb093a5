/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { installCrd } from "../../../sandbox/access/install-crd.ts";
import { BACKUP, withBackup } from "../../support/clusters/reaching-deps.ts";
import { startTwoClusters, type TwoClusters } from "../../support/clusters/start-two-clusters.ts";
import type { TargetCluster } from "../../support/clusters/target-cluster.ts";
import { createReachingScene, readStatus } from "../../support/clusters/two-clusters.ts";
import { createObject, toRequestFor } from "../../support/functions/many-targets.ts";
import {
  toPipeline,
  type JobObject,
  type Json,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const folder = temporaryFolder();
let clusters: TwoClusters;
let world: RemediationWorld;
let backup: TargetCluster;
let there: RemediationWorld;

beforeAll(async () => {
  clusters = await startTwoClusters();
  ({ world, backup, there } = clusters);
});

afterAll(async () => {
  await clusters?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const toBackupPipeline = (rule: Json): Pipeline =>
  withBackup(toPipeline({ once: "object", ...rule }), backup.controlPlane.kubeconfig);

it("the version that is served there is used, also if it is another one than here", async () => {
  const define = (client: KubernetesClient, version: string): Promise<void> => {
    const file = join(folder.path, `${version}.yaml`);
    writeFileSync(file, JSON.stringify(toDefinition(version)));
    return installCrd(client, file);
  };
  await Promise.all([define(world.admin, "v1"), define(backup.admin, "v1beta1")]);
  const create = (client: KubernetesClient, version: string) =>
    client.request<JobObject>({
      method: "POST",
      path: `/apis/example.com/${version}/namespaces/default/widgets`,
      body: {
        apiVersion: `example.com/${version}`,
        kind: "Widget",
        metadata: { name: "gear" },
        spec: { size: 1 },
      },
    });
  const here = await create(world.admin, "v1");
  const twin = await create(backup.admin, "v1beta1");
  const pipeline = toBackupPipeline({
    on: { resource: "widgets.example.com" },
    where: "object.spec.size == 1",
    then: [{ patch: { target: { cluster: BACKUP }, set: { "spec.size": 7 } } }],
  });
  const { name, uid, resourceVersion } = here.metadata;
  const request = toRequestFor(world, "deployments.apps", here, { pipeline });
  const trigger = {
    group: "example.com",
    version: "v1",
    resource: "widgets",
    kind: "Widget",
    namespaced: true,
    namespace: "default",
    name,
    uid,
    resourceVersion,
  };
  await createReachingScene(world, pipeline).deliver({
    ...request,
    data: { ...request.data, trigger, references: [] },
  });
  const status = await readStatus(world, request);
  expect(status).toMatchObject({ phase: "Succeeded" });
  expect(status?.steps?.[0]?.object).toMatchObject({
    apiVersion: "example.com/v1beta1",
    cluster: BACKUP,
    uid: twin.metadata.uid,
  });
  const changed = await backup.admin.request<{ spec: Json }>({
    method: "GET",
    path: "/apis/example.com/v1beta1/namespaces/default/widgets/gear",
  });
  expect(changed.spec).toEqual({ size: 7 });
});

function toDefinition(version: string): object {
  const names = { plural: "widgets", singular: "widget", kind: "Widget" };
  const properties = { spec: { type: "object", properties: { size: { type: "integer" } } } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names,
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties } },
        },
      ],
    },
  };
}

it("a CronJob there runs once more there, owned by that CronJob, if the Job of its twin here has failed", async () => {
  const cronJob = {
    metadata: { name: "backup" },
    spec: {
      schedule: "0 3 1 1 *",
      jobTemplate: {
        spec: {
          template: {
            spec: { restartPolicy: "Never", containers: [{ name: "main", image: "b" }] },
          },
        },
      },
    },
  };
  const own = await createObject(world, "cronjobs.batch", "default", cronJob);
  const twin = await createObject(there, "cronjobs.batch", "default", cronJob);
  const owner = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    name: "backup",
    uid: own.metadata.uid,
    controller: true,
  };
  const job = await createObject(world, "jobs.batch", "default", {
    metadata: { name: "backup-1", ownerReferences: [owner] },
    spec: cronJob.spec.jobTemplate.spec,
  });
  const pipeline = toBackupPipeline({
    on: { resource: "jobs.batch" },
    where: "true",
    then: [{ createJobFromCronJob: { cronJob: { cluster: BACKUP } } }],
  });
  const request = toRequestFor(world, "jobs.batch", job, { pipeline });
  await createReachingScene(world, pipeline).deliver(request);
  expect(await readStatus(world, request)).toMatchObject({ phase: "Succeeded" });
  const list = async (client: KubernetesClient) =>
    (
      await client.request<{ items: readonly JobObject[] }>({
        method: "GET",
        path: "/apis/batch/v1/namespaces/default/jobs",
      })
    ).items;
  const [made, ...others] = await list(backup.admin);
  expect(others).toEqual([]);
  expect(made?.metadata.ownerReferences).toMatchObject([
    { name: "backup", uid: twin.metadata.uid },
  ]);
  expect(await list(world.admin)).toHaveLength(1);
});
