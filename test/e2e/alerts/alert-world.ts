import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { toAlertGroup } from "../../../adapters/alert-groups/group-store.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { AlertGroup } from "../../../events/alert-group.ts";
import type { QueueAddresses } from "../../../sandbox/queues/queue-process.ts";
import { startQueues } from "../../../sandbox/queues/queues.ts";
import { startBuiltPipeline } from "../../support/host/built-pipeline.ts";
import { startBareCluster } from "../../support/kubernetes/bare-cluster.ts";
import { toFailedJobStatus } from "../../support/kubernetes/failed-job-status.ts";
import { createTestQueueClient } from "../../support/queues/queue-server.ts";

const FAILED = 'object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")';

/** An API server without controllers, and the whole pipeline as it is deployed. */
export type AlertWorld = AsyncDisposable & {
  readonly client: KubernetesClient;
  /** Makes a Job that has failed. `does` is a label of it. */
  readonly failJob: (namespace: string, name: string, does?: string) => Promise<void>;
  readonly readGroups: () => Promise<readonly AlertGroup[]>;
};

/** The parts of a rule about failed Jobs of these namespaces with this label. */
export function onFailedJobs(namespaces: readonly string[], does: string): object {
  return {
    on: { resource: "jobs.batch", namespaces, labelSelector: `does=${does}` },
    where: FAILED,
  };
}

/** @param pipeline without its head. */
export async function startAlertWorld(
  namespaces: readonly string[],
  pipeline: object,
): Promise<AlertWorld> {
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await startBareCluster());
  const { folder, client } = cluster;
  for (const name of namespaces) {
    const body = { metadata: { name } };
    await client.request({ method: "POST", path: "/api/v1/namespaces", body });
  }
  const queues = await startQueues();
  stack.defer(() => queues.stop());
  await shortenVisibility(queues);
  const file = join(folder, "pipeline.yaml");
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "Pipeline", cluster: { name: "test" } };
  writeFileSync(file, JSON.stringify({ ...head, ...pipeline }));
  const running = await startBuiltPipeline({
    dataDir: folder,
    file,
    kubernetes: client,
    caFile: cluster.controlPlane.caFile,
    queues,
  });
  stack.defer(running.stop);
  const parts = stack.move();
  return {
    client,
    failJob: (namespace, name, does = "alert") => failJob(client, namespace, name, does),
    readGroups: () => readGroups(client),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** A message of a function that was killed is received again after seconds, not after minutes. */
async function shortenVisibility({ endpoint, queues }: QueueAddresses): Promise<void> {
  const sqs = createTestQueueClient(endpoint);
  for (const key of ["changes", "remediations", "wakeups", "alerts"]) {
    const Attributes = { VisibilityTimeout: "8" };
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: queues[key], Attributes }));
  }
  sqs.destroy();
}

async function failJob(
  client: KubernetesClient,
  namespace: string,
  name: string,
  does: string,
): Promise<void> {
  const path = `/apis/batch/v1/namespaces/${namespace}/jobs`;
  const containers = [{ name: "c", image: "any" }];
  const spec = { template: { spec: { restartPolicy: "Never", containers } } };
  const body = { metadata: { name, labels: { does } }, spec };
  await client.request({ method: "POST", path, body });
  await client.request({
    method: "PATCH",
    path: `${path}/${name}/status`,
    contentType: "application/merge-patch+json",
    body: { status: toFailedJobStatus() },
  });
}

async function readGroups(client: KubernetesClient): Promise<readonly AlertGroup[]> {
  const path = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/alertgroups";
  const { items } = await client.request<{ items: readonly object[] }>({ method: "GET", path });
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "AlertGroup" };
  return items.map((item) => toAlertGroup({ ...item, ...head }));
}
