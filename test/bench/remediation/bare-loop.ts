import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { RemediationRecord } from "../../../events/remediation.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { connectLean } from "../../../adapters/kubernetes/connect/lean-connection.ts";
import { toOutcomeEvent } from "../../../core/records/outcome-event.ts";
import { createTestQueueClient } from "../../support/queues/queue-server.ts";
import { breakObject, createObjects, RECORDS } from "./load.ts";
import { readProcessUse, toCpuEach } from "./processes.ts";
import type { Stage } from "./stage.ts";
import { JOB_WORK, toCollectionPath, toCronJobsPath } from "./work.ts";

const IN_FLIGHT = 32;
/** The relay does not watch it. */
const NAMESPACE = "bare";
const CRON_JOB = "bare";
const JOBS = toCollectionPath(JOB_WORK, NAMESPACE);
/** A change of a Job, and a request, as the relay and normalize send them. */
const BODY = "x".repeat(2_500);

export type BareLoop = {
  readonly perSecond: number;
  /** CPU time per remediation, in ms, by process. */
  readonly cpu: ReadonlyMap<string, number>;
};

type Sample = { readonly record: RemediationRecord; readonly jobSpec: unknown };
type Clients = {
  readonly remediate: KubernetesClient;
  readonly admin: KubernetesClient;
  readonly queues: SQSClient;
  readonly queueUrls: readonly string[];
};

/**
 * How many remediations a second this machine could do at most: a loop that makes the same API requests and the same calls of the queues as
 * one remediation, 32 in flight, and decides nothing. The bench's own request, which makes the Job fail, is part
 * of it. A pipeline must not be running.
 */
export async function measureBareLoop(stage: Stage, count: number): Promise<BareLoop> {
  await stage.client.request({
    method: "POST",
    path: "/api/v1/namespaces",
    body: { metadata: { name: NAMESPACE } },
  });
  const load = { count, rules: 1, prefix: CRON_JOB };
  const jobs = await createObjects(stage.client, JOB_WORK, load, NAMESPACE);
  // Nobody else may write records.
  const remediate = await connectLean({ kubeconfig: stage.remediateKubeconfig });
  const admin = await connectLean({ kubeconfig: stage.kubeconfig });
  const queues = createTestQueueClient(stage.queueEndpoint);
  try {
    const sample = await readSample(stage.client);
    const queueUrls = await Promise.all(
      ["one", "two"].map((name) => createQueue(stage, queues, name)),
    );
    const clients: Clients = { remediate, admin, queues, queueUrls };
    const before = readProcessUse();
    const startMs = performance.now();
    const rest = jobs.values();
    const work = async (): Promise<void> => {
      for (const { name } of rest) await remediateBare(clients, sample, name);
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, work));
    const perSecond = (count * 1_000) / (performance.now() - startMs);
    return { perSecond, cpu: toCpuEach(before, readProcessUse(), count) };
  } finally {
    queues.destroy();
    await Promise.all([remediate.close(), admin.close()]);
  }
}

async function createQueue(stage: Stage, queues: SQSClient, name: string): Promise<string> {
  const QueueName = `bare-${name}.fifo`;
  const Attributes = { FifoQueue: "true", VisibilityTimeout: "360" };
  await queues.send(new CreateQueueCommand({ QueueName, Attributes }));
  return `${stage.queueEndpoint}/000000000000/${QueueName}`;
}

/** A record that the pipeline has made, and what its CronJob's Jobs look like. */
async function readSample(client: KubernetesClient): Promise<Sample> {
  const { items } = await client.request<{ items: readonly RemediationRecord[] }>({
    method: "GET",
    path: RECORDS,
    query: { limit: 1 },
  });
  const [record] = items;
  if (record?.status?.phase !== "Succeeded") throw new Error("there is no record to copy");
  const owner = await client.request<{ spec: { jobTemplate: { spec: unknown } } }>({
    method: "GET",
    path: `${toCronJobsPath(NAMESPACE)}/${CRON_JOB}`,
  });
  return { record, jobSpec: owner.spec.jobTemplate.spec };
}

async function remediateBare(clients: Clients, sample: Sample, trigger: string): Promise<void> {
  const { remediate, admin } = clients;
  await breakObject(admin, JOB_WORK, trigger, NAMESPACE);
  for (const queueUrl of clients.queueUrls) await passThrough(clients.queues, queueUrl, trigger);
  const { apiVersion, kind, spec, metadata: of, status } = sample.record;
  const name = `${trigger}-again`;
  await admin.request({ method: "GET", path: `${JOBS}/${trigger}` });
  const metadata = { name, namespace: of.namespace, labels: of.labels };
  const body = { apiVersion, kind, metadata, spec };
  const made = await remediate.request<RemediationRecord>({ method: "POST", path: RECORDS, body });
  const operations = [{ type: "create", name, text: "x".repeat(1_000) }];
  const steps = status?.steps?.map((step) => ({ ...step, state: "started" }));
  const begun = { ...status, phase: "Running", plan: { operations }, steps };
  const started = await saveStatus(remediate, made, begun);
  await admin.request({
    method: "POST",
    path: JOBS,
    body: { metadata: { name }, spec: sample.jobSpec },
  });
  const ended = await saveStatus(remediate, started, status);
  const event = toOutcomeEvent({ ...ended, metadata: { ...ended.metadata, name } });
  await admin.request({
    method: "POST",
    path: `/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events`,
    body: {
      ...event?.body,
      metadata: { name },
      regarding: { kind: "Job", namespace: NAMESPACE, name },
    },
  });
}

async function saveStatus(
  client: KubernetesClient,
  record: RemediationRecord,
  status: unknown,
): Promise<RemediationRecord> {
  return client.request<RemediationRecord>({
    method: "PUT",
    path: `${RECORDS}/${record.metadata.name}/status`,
    body: { ...record, status },
  });
}

/** Sends a message, and receives and deletes whichever is there. */
async function passThrough(queues: SQSClient, QueueUrl: string, group: string): Promise<void> {
  await queues.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: BODY,
      MessageGroupId: group,
      MessageDeduplicationId: group,
    }),
  );
  const { Messages = [] } = await queues.send(new ReceiveMessageCommand({ QueueUrl }));
  for (const { ReceiptHandle } of Messages) {
    await queues.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  }
}
