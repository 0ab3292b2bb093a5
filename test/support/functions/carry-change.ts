import { expect } from "vitest";
import type { ChangeMessage, KubernetesObject } from "../../../events/change.ts";
import { toChangeId } from "../../../events/ids.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { createClusterUid } from "../../../adapters/kubernetes/api/cluster-uid.ts";
import { createDiscovery } from "../../../adapters/kubernetes/api/discovery.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { planWatches } from "../../../core/pipeline/watches.ts";
import { createNormalize } from "../../../functions/normalize/normalize.ts";
import { processMessage } from "../../../functions/remediate/message/process-message.ts";
import { createFakeQueues, toQueueUrl, toRecord } from "../../adapters/lambda/invocation.ts";
import { getRecord, toDeps, type RemediationWorld } from "./remediation-world.ts";
import { toTestRun } from "./test-run.ts";

type ServedResource = {
  readonly group: string;
  readonly version: string;
  readonly resource: "events" | "jobs";
};

export const EVENT_RESOURCE: ServedResource = {
  group: "events.k8s.io",
  version: "v1",
  resource: "events",
};
export const JOB_RESOURCE: ServedResource = { group: "batch", version: "v1", resource: "jobs" };

/** Takes a change from the relay's message to the record, with functions that may do anything in the cluster. */
export async function carryChange(
  world: RemediationWorld,
  pipeline: Pipeline,
  object: KubernetesObject,
  resource: ServedResource,
): Promise<RemediationRecord | undefined> {
  const { admin: client } = world;
  const queues = createFakeQueues();
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const normalize = createNormalize({
    pipeline,
    client,
    discovery: createDiscovery({ client, now: () => performance.now() }),
    clusterUid: createClusterUid(client),
    queues: queues.client,
    remediationsQueueUrl: toQueueUrl("remediations.fifo"),
    transfersQueueUrl: toQueueUrl("transfers.fifo"),
    alertsQueueUrl: toQueueUrl("alerts"),
    wakeupsQueueUrl: toQueueUrl("wakeups"),
    now: () => new Date().toISOString(),
  });
  const signal = new AbortController().signal;
  const body = JSON.stringify(toMessage(world, pipeline, object, resource));
  const verdicts = await normalize([toRecord("m1", body, { group: "g" })], {
    signal,
    deadlineMs: Date.now() + 30_000,
    telemetry: { logger, count() {} },
  });
  expect(verdicts).toEqual([{ outcome: "done" }]);
  const [request] = queues.sentTo("remediations.fifo");
  expect(request).toBeDefined();
  const deps = toDeps(world, { client, pipeline });
  const run = { ...toTestRun(Date.now()), isRepeated: false };
  await processMessage(request?.MessageBody ?? "", deps, run);
  const { id } = JSON.parse(request?.MessageBody ?? "{}") as { id: string };
  return getRecord(world, id);
}

function toMessage(
  world: RemediationWorld,
  pipeline: Pipeline,
  object: KubernetesObject,
  { group, version, resource }: ServedResource,
): ChangeMessage {
  const [watch] = planWatches(pipeline);
  const apiVersion = group === "" ? version : `${group}/${version}`;
  const { uid, namespace, name } = object.metadata;
  const resourceVersion = String(object.metadata["resourceVersion"]);
  const kind = resource === "events" ? "Event" : "Job";
  const cluster = { name: "test", uid: world.clusterUid };
  const time = new Date().toISOString();
  const identity = { clusterUid: cluster.uid, objectUid: uid, resourceVersion };
  return {
    specversion: "1.0",
    id: toChangeId({ ...identity, change: "added" }),
    source: `/clusters/${cluster.uid}/watches/${watch?.key}`,
    type: "dev.kubemend.object.added",
    subject: `/apis/${apiVersion}/namespaces/${namespace}/${resource}/${name}`,
    time,
    dataschema: "urn:kubemend:change:1",
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    data: {
      cluster,
      watch: watch?.key ?? "",
      pipeline: pipeline.digest,
      rules: Object.fromEntries(watch?.rules.map((rule) => [rule.id, rule.digest]) ?? []),
      resource: { group, version, resource, kind, namespaced: true },
      change: "added",
      resourceVersion,
      epoch: 1,
      object: { ...object, apiVersion, kind },
    },
  };
}
