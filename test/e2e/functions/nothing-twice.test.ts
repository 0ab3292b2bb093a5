import { mkdtempSync, rmSync, writeFileSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectLean } from "../../../adapters/kubernetes/connect/lean-connection.ts";
import { RETIRE_AFTER_MS } from "../../../core/records/plan-sweep.ts";
import { sha256, toRequestGroupId } from "../../../events/ids.ts";
import { SIGNATURE_ATTRIBUTE, toSignature } from "../../../events/signature.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { startSandbox, type Sandbox } from "../../../sandbox/sandbox.ts";
import { kubemend } from "../../support/host/kubemend.ts";
import { createTestQueueClient } from "../../support/queues/queue-server.ts";
import { sweepOnce } from "../../support/functions/sweep-deps.ts";

const FAILED = 'object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")';
const JOBS = "/apis/batch/v1/namespaces/demo/jobs";
const WAIT = { timeout: 40_000, interval: 200 };

const folder = mkdtempSync(join(tmpdir(), "kubemend-twice-"));
const dataDir = join(folder, "sandbox");
let sandbox: Sandbox;
let queues: SQSClient;

beforeAll(async () => {
  const config = join(folder, "pipeline.yaml");
  const on = (team: string): object => ({
    on: { resource: "jobs.batch", namespaces: ["demo"], labelSelector: `team=${team}` },
    where: FAILED,
    once: "object",
  });
  const create = { createJobFromCronJob: {} };
  const alert = { alert: { to: "team", summary: "object.metadata.name" } };
  const rules = [
    // So a relay with an empty journal reports all existing objects, like one that has lost its journal.
    { id: "again", ...on("reports"), initial: "include", then: [create] },
    { id: "ask", ...on("billing"), guards: { mode: "approval" }, then: [create, alert] },
  ];
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "Pipeline", cluster: { name: "mine" } };
  writeFileSync(config, JSON.stringify({ ...head, rules }));
  const stop = new AbortController().signal;
  sandbox = await startSandbox({ dataDir, bare: false, config }, () => {}, stop);
  queues = createTestQueueClient(sandbox.info.sqs.endpoint);
});

afterAll(async () => {
  queues?.destroy();
  await sandbox?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const toSpec = (command: string): object => ({
  backoffLimit: 0,
  template: {
    spec: {
      restartPolicy: "Never",
      containers: [{ name: "c", image: "any", command: ["sh", "-c", command] }],
    },
  },
});

/** Creates a failing Job of a CronJob; returns its uid. */
async function failJobOf(cronJob: string, team: string): Promise<string> {
  const { kubernetes } = sandbox;
  type Made = { readonly metadata: { readonly uid: string } };
  const { metadata } = await kubernetes.request<Made>({
    method: "POST",
    path: "/apis/batch/v1/namespaces/demo/cronjobs",
    body: {
      metadata: { name: cronJob },
      spec: { schedule: "0 0 1 1 *", jobTemplate: { spec: toSpec("exit 0") } },
    },
  });
  const owner = { apiVersion: "batch/v1", kind: "CronJob", name: cronJob, uid: metadata.uid };
  const job = await kubernetes.request<Made>({
    method: "POST",
    path: JOBS,
    body: {
      metadata: { name: `${cronJob}-1`, labels: { team }, ownerReferences: [owner] },
      spec: toSpec("exit 1"),
    },
  });
  return job.metadata.uid;
}

async function recordOf(uid: string): Promise<RemediationRecord | undefined> {
  const path = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations";
  const { items } = await sandbox.kubernetes.request<{ items: readonly RemediationRecord[] }>({
    method: "GET",
    path,
  });
  return items.find(({ spec }) => spec.trigger.uid === uid);
}

const statusOf = async (uid: string): Promise<string> => {
  const { phase, reason } = (await recordOf(uid))?.status ?? {};
  return `${phase} ${reason}`;
};

async function countJobsOf(record: string | undefined): Promise<number> {
  type Job = { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } };
  const { items } = await sandbox.kubernetes.request<{ items: readonly Job[] }>({
    method: "GET",
    path: JOBS,
  });
  return items.filter(({ metadata }) => metadata.annotations?.["kubemend.dev/cause"] === record)
    .length;
}

async function expectRecord(uid: string, status: string): Promise<RemediationRecord> {
  await expect.poll(() => statusOf(uid), WAIT).toBe(status);
  const record = await recordOf(uid);
  if (record === undefined) throw new Error("the record is gone");
  return record;
}

/** Deletes it as the sweep does, under its own identity, when no queue contains it any more. */
async function sweepLate(): Promise<void> {
  const client = await connectLean({ kubeconfig: join(dataDir, "access", "sweep.kubeconfig") });
  try {
    await sweepOnce(client, Date.now() + RETIRE_AFTER_MS + 60_000);
  } finally {
    await client.close();
  }
}

/** Puts the request that created a record into the dead-letter queue, signed as normalize signed it. */
async function bury({ metadata, spec }: RemediationRecord): Promise<void> {
  const { traceparent, ...data } = spec;
  const request = {
    specversion: "1.0",
    id: metadata.name,
    source: `/clusters/${spec.cluster.uid}/rules/${spec.rule.id}`,
    type: "dev.kubemend.remediation.requested",
    subject: JOBS,
    time: spec.change.time,
    dataschema: "urn:kubemend:request:1",
    traceparent,
    data: { ...data, record: metadata.name, pipeline: "p" },
  };
  const body = JSON.stringify(request);
  const [key = ""] = readFileSync(join(dataDir, "signing-keys"), "utf8").split("\n");
  const signature = toSignature(key, "remediations", body);
  await queues.send(
    new SendMessageCommand({
      QueueUrl: sandbox.info.sqs.queues["remediationsDeadLetter"],
      MessageBody: body,
      MessageAttributes: {
        [SIGNATURE_ATTRIBUTE]: { DataType: "String", StringValue: signature },
      },
      MessageGroupId: toRequestGroupId(spec.cluster.uid, spec.trigger),
      MessageDeduplicationId: sha256(metadata.uid),
    }),
  );
}

test("a record swept, the relay's journal lost and the queue redriven: nothing runs twice", async () => {
  const [kept, gone] = [await failJobOf("kept", "reports"), await failJobOf("gone", "reports")];
  const keptRecord = await expectRecord(kept, "Succeeded Remediated");
  const goneRecord = await expectRecord(gone, "Succeeded Remediated");
  const query = { propagationPolicy: "Background" };
  await sandbox.kubernetes.request({ method: "DELETE", path: `${JOBS}/gone-1`, query });
  await expect
    .poll(
      () =>
        sandbox.kubernetes.request({ method: "GET", path: `${JOBS}/gone-1` }).then(
          () => "there",
          () => "gone",
        ),
      WAIT,
    )
    .toBe("gone");

  await sweepLate();
  expect(await recordOf(gone)).toBeUndefined();
  const messages = sandbox.pipeline?.messages() ?? 0;
  await sandbox.pipeline?.relay.kill();
  rmSync(join(dataDir, "relay"), { recursive: true });
  // A new state of the Job, because the queue would deduplicate the old one: without a Lease, a lost journal loses the epoch too.
  await sandbox.kubernetes.request({
    method: "PATCH",
    path: `${JOBS}/kept-1`,
    contentType: "application/merge-patch+json",
    body: { metadata: { labels: { seen: "again" } } },
  });
  await sandbox.pipeline?.relay.start();
  await expect.poll(() => (sandbox.pipeline?.messages() ?? 0) > messages, WAIT).toBe(true);
  for (const record of [keptRecord, goneRecord]) await bury(record);
  const { endpoint, region, queues: urls } = sandbox.info.sqs;
  const redriven = await kubemend(["redrive", urls["remediationsDeadLetter"] ?? ""], {
    AWS_ENDPOINT_URL_SQS: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: "any",
    AWS_SECRET_ACCESS_KEY: "any",
  }).ended;
  expect(redriven.stdout).toContain("2 moved");

  // The deleted record's object is gone, so its request is refused; the other record still exists.
  const recreated = await expectRecord(gone, "Refused TriggerGone");
  expect(recreated.metadata.name).toBe(goneRecord.metadata.name);
  expect((await recordOf(kept))?.metadata.uid).toBe(keptRecord.metadata.uid);
  expect(await statusOf(kept)).toBe("Succeeded Remediated");
  for (const { metadata } of [keptRecord, goneRecord]) {
    expect([metadata.name, await countJobsOf(metadata.name)]).toEqual([metadata.name, 1]);
  }
});

test("an approval is carried out when the relay reports it, long before the sweep looks", async () => {
  const uid = await failJobOf("asked", "billing");
  const { metadata } = await expectRecord(uid, "AwaitingApproval ApprovalNeeded");
  expect(await countJobsOf(metadata.name)).toBe(0);

  const args = ["approve", metadata.name, "--kubeconfig", sandbox.info.kubeconfig];
  expect((await kubemend(args).ended).code).toBe(0);

  // The sweep leaves a decision alone in its first minute.
  await expectRecord(uid, "Succeeded Remediated");
  expect(await countJobsOf(metadata.name)).toBe(1);
});
