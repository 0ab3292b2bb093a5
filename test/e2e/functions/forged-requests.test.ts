import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  GetQueueAttributesCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sha256, toChangeGroupId, toRecordName, toRequestGroupId } from "../../../events/ids.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import type { RequestData, Trigger } from "../../../events/request.ts";
import { readPipeline } from "../../../cli/input/read-pipeline.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { startSandbox, type Sandbox } from "../../../sandbox/sandbox.ts";

const FAILED = 'object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")';
const PIPELINE = `apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: mine }
rules:
  - id: rerun
    on: { resource: jobs.batch, namespaces: [mine], labelSelector: "team=data" }
    where: '${FAILED}'
    once: object
    then: [{ createJobFromCronJob: {} }]
  - id: ask
    on: { resource: jobs.batch, namespaces: [mine], labelSelector: "team=ask" }
    where: '${FAILED}'
    once: object
    guards: { mode: approval }
    then: [{ createJobFromCronJob: {} }, { alert: { to: team, summary: "'asked'" } }]
  - id: bury
    on: { resource: jobs.batch, namespaces: [mine], changes: [deleted] }
    once: object
    then: [{ createJobFromCronJob: {} }]
`;
const RECORDS = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations";

type Json = Readonly<Record<string, unknown>>;
type Made = {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly namespace: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
};

const folder = mkdtempSync(join(tmpdir(), "kubemend-forged-"));
let sandbox: Sandbox;
let client: SQSClient;
let pipeline: Pipeline;
let clusterUid: string;
let sent = 0;

beforeAll(async () => {
  const config = join(folder, "pipeline.yaml");
  writeFileSync(config, PIPELINE);
  pipeline = await readPipeline(config);
  sandbox = await startSandbox(
    { dataDir: join(folder, "sandbox"), bare: false, config },
    () => {},
    new AbortController().signal,
  );
  const { endpoint, region } = sandbox.info.sqs;
  const credentials = { accessKeyId: "any", secretAccessKey: "any" };
  client = new SQSClient({ endpoint, region, credentials });
  await post("/api/v1/namespaces", { metadata: { name: "outside" } });
  const system = await sandbox.kubernetes.request<Made>({
    method: "GET",
    path: "/api/v1/namespaces/kube-system",
  });
  clusterUid = system.metadata.uid;
});

afterAll(async () => {
  client?.destroy();
  await sandbox?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function post(path: string, body: Json): Promise<Made> {
  return sandbox.kubernetes.request<Made>({ method: "POST", path, body });
}

function toSpec(command: string): Json {
  const containers = [{ name: "c", image: "any", command: ["sh", "-c", command] }];
  return { backoffLimit: 0, template: { spec: { restartPolicy: "Never", containers } } };
}

/** Creates a failing Job of a CronJob. */
async function failJob(namespace: string, name: string, team: string): Promise<Made> {
  const owner = await post(`/apis/batch/v1/namespaces/${namespace}/cronjobs`, {
    metadata: { name },
    spec: { schedule: "0 0 1 1 *", jobTemplate: { spec: toSpec("exit 0") } },
  });
  const controller = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    name,
    uid: owner.metadata.uid,
    controller: true,
  };
  const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
  const job = await post(jobs, {
    metadata: { name: `${name}-1`, labels: { team }, ownerReferences: [controller] },
    spec: toSpec("exit 1"),
  });
  await expect
    .poll(async () => {
      const path = `${jobs}/${name}-1`;
      const { status } = await sandbox.kubernetes.request<{ status: { failed?: number } }>({
        method: "GET",
        path,
      });
      return status.failed;
    })
    .toBe(1);
  return job;
}

function toTrigger({ metadata }: Made): Trigger {
  const { name, namespace, uid } = metadata;
  const resource = { group: "batch", version: "v1", resource: "jobs", kind: "Job" };
  return { ...resource, namespaced: true, namespace, name, uid, resourceVersion: "1" };
}

/** A request with the correct name of its record, from a sender who only has access to the queue. */
async function forge(
  ruleId: string,
  trigger: Trigger,
  part: Partial<RequestData> = {},
): Promise<string> {
  const rule = pipeline.rules.find(({ id }) => id === ruleId);
  if (rule === undefined) throw new Error(`no rule ${ruleId}`);
  const time = new Date().toISOString();
  const data = {
    cluster: { name: "mine", uid: clusterUid },
    rule: { id: rule.id, digest: rule.digest },
    pipeline: pipeline.digest,
    onceKey: "object",
    mode: rule.mode,
    change: { id: sha256(String((sent += 1))), kind: "modified", time },
    trigger,
    references: [],
    ...part,
  } as const;
  const { onceKey, mode } = data;
  const record = toRecordName({ clusterUid, ruleId, objectUid: trigger.uid, onceKey, mode });
  const { namespace, name } = trigger;
  await client.send(
    new SendMessageCommand({
      QueueUrl: sandbox.info.sqs.queues["remediations"],
      MessageGroupId: `forged-${sent}`,
      MessageDeduplicationId: `forged-${sent}`,
      MessageBody: JSON.stringify({
        specversion: "1.0",
        id: record,
        source: `/clusters/${clusterUid}/rules/${ruleId}`,
        type: "dev.kubemend.remediation.requested",
        subject: `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`,
        time,
        dataschema: "urn:kubemend:request:1",
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        data: { ...data, record },
      }),
    }),
  );
  return record;
}

async function drain(): Promise<void> {
  const QueueUrl = sandbox.info.sqs.queues["remediations"];
  await expect
    .poll(
      async () => {
        const { Attributes = {} } = await client.send(
          new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
        );
        return [
          Attributes["ApproximateNumberOfMessages"],
          Attributes["ApproximateNumberOfMessagesNotVisible"],
        ];
      },
      { timeout: 60_000, interval: 100 },
    )
    .toEqual(["0", "0"]);
}

/** The dead letters as `<rule>: <reason>`. */
/** Takes what is on the dead-letter queue, so that later messages of the same groups can be read. */
async function readLetters(): Promise<readonly string[]> {
  const QueueUrl = sandbox.info.sqs.queues["remediationsDeadLetter"];
  const letters: string[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ["All"],
      }),
    );
    if (Messages.length === 0) return letters;
    for (const { MessageAttributes, ReceiptHandle } of Messages) {
      letters.push(MessageAttributes?.["kubemend.reason"]?.StringValue ?? "");
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}

async function listCauses(): Promise<readonly string[]> {
  const { items } = await sandbox.kubernetes.request<{ items: readonly Made[] }>({
    method: "GET",
    path: "/apis/batch/v1/jobs",
  });
  return items.flatMap(({ metadata }) => metadata.annotations?.["kubemend.dev/cause"] ?? []);
}

async function listRecords(): Promise<readonly string[]> {
  const { items } = await sandbox.kubernetes.request<{ items: readonly RemediationRecord[] }>({
    method: "GET",
    path: RECORDS,
  });
  return items.map(({ metadata }) => metadata.name);
}

test("whatever a sender without a signing key puts on remediations.fifo, nothing happens in the cluster", async () => {
  const good = await failJob("mine", "good", "data");
  const asked = await failJob("mine", "asked", "ask");
  const excluded = await failJob("mine", "excluded", "web");
  const outside = await failJob("outside", "outside", "data");
  // The pipeline's own work: one Job, and one plan that waits for its approval.
  await expect.poll(listCauses, { timeout: 60_000, interval: 200 }).toHaveLength(1);
  await expect.poll(listRecords, { timeout: 60_000, interval: 200 }).toHaveLength(2);
  const before = { causes: await listCauses(), records: (await listRecords()).toSorted() };

  const never = { ...toTrigger(good), name: "never", uid: "00000000-0000-4000-8000-000000000000" };
  const change = { id: "d", kind: "deleted", time: new Date().toISOString() } as const;
  const owner = {
    field: "metadata.ownerReferences[0]",
    relation: "controller",
    result: {
      outcome: "resolved",
      apiVersion: "batch/v1",
      kind: "CronJob",
      resource: "cronjobs",
      namespace: "mine",
      name: "good",
      provenance: "explicit",
    },
  } as const;
  await forge("ask", toTrigger(asked), { mode: "enforce" });
  await forge("rerun", toTrigger(excluded));
  await forge("rerun", toTrigger(good), { onceKey: "condition/Failed/2020-01-01T00:00:00Z" });
  await forge("rerun", toTrigger(outside));
  await forge("bury", { ...never, namespace: "kube-system" }, { change });
  await forge("bury", never, { change });
  await forge("bury", never, { change, references: [owner] });
  await forge("rerun", toTrigger(excluded), { onceKey: "manual/now/somebody" });
  await drain();

  expect(await listCauses()).toEqual(before.causes);
  expect((await listRecords()).toSorted()).toEqual(before.records);
  const letters = await readLetters();
  expect(letters.filter((reason) => reason.includes("mode is enforce"))).toHaveLength(1);
  expect(letters.filter((reason) => reason.includes("namespace outside"))).toHaveLength(1);
  expect(letters.filter((reason) => reason.includes("namespace kube-system"))).toHaveLength(1);
  expect(letters.filter((reason) => reason.includes("must be signed"))).toHaveLength(1);
  expect(letters).toHaveLength(4);
});

test("whatever a sender without a signing key puts into the message groups of an object, the object's own changes go on", async () => {
  const place = { namespace: "mine", name: "held-1" };
  const groups = {
    changes: toChangeGroupId({ clusterUid, resource: "jobs.batch", ...place }),
    remediations: toRequestGroupId(clusterUid, place),
  };
  const bodies = [
    JSON.stringify({ dataschema: "urn:kubemend:change:2" }),
    JSON.stringify({ dataschema: "urn:kubemend:request:2" }),
    '{"specversion":"1.0","data":{"trigger":{"name":"\\ud800"}}}',
    "not JSON",
  ];
  for (const [queue, group] of Object.entries(groups)) {
    for (const [index, MessageBody] of bodies.entries()) {
      await client.send(
        new SendMessageCommand({
          QueueUrl: sandbox.info.sqs.queues[queue],
          MessageGroupId: group,
          MessageDeduplicationId: `held-${index}`,
          MessageBody,
        }),
      );
    }
  }
  const { metadata } = await failJob("mine", "held", "data");
  const episode = { ruleId: "rerun", onceKey: "object", mode: "enforce" };
  const record = toRecordName({ clusterUid, objectUid: metadata.uid, ...episode });
  await expect.poll(listCauses, { timeout: 30_000, interval: 200 }).toContain(record);
  const letters: string[] = [];
  const readMore = async (): Promise<readonly string[]> => {
    letters.push(...(await readLetters()));
    return letters;
  };
  await expect
    .poll(readMore, { timeout: 30_000, interval: 200 })
    .toContainEqual(expect.stringContaining("no valid signature"));
});
