import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSandboxClient } from "../../../sandbox/queues/sandbox-client.ts";
import { startSandbox, type Sandbox } from "../../../sandbox/sandbox.ts";

const folder = mkdtempSync(join(tmpdir(), "kubemend-sample-"));
const NAMESPACE = "/namespaces/demo";
const WAIT = { timeout: 60_000, interval: 100 };
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox(
    { dataDir: join(folder, "sandbox"), bare: false },
    () => {},
    new AbortController().signal,
  );
});

afterAll(async () => {
  await sandbox?.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Named = { readonly metadata: { readonly name: string; readonly uid: string } };
type Event = { readonly message: string };

const create = (path: string, body: object): Promise<Named> =>
  sandbox.kubernetes.request<Named>({ method: "POST", path, body });

async function list<T>(path: string): Promise<readonly T[]> {
  return (await sandbox.kubernetes.request<{ items: readonly T[] }>({ method: "GET", path })).items;
}

/** A Job's spec whose Pods end as the annotation says; a Pod that hangs keeps its Job active. */
const jobSpec = (outcome: "fail" | "hang"): object => ({
  backoffLimit: 0,
  template: {
    metadata: { annotations: { "kubemend.dev/sandbox-outcome": outcome } },
    spec: { restartPolicy: "Never", containers: [{ name: "main", image: "none" }] },
  },
});

/** A failed Job of a CronJob whose next Job stays active. */
async function failJobOfCronJob(): Promise<void> {
  const cronJob = await create(`/apis/batch/v1${NAMESPACE}/cronjobs`, {
    metadata: { name: "nightly" },
    spec: { schedule: "0 0 1 1 *", jobTemplate: { spec: jobSpec("hang") } },
  });
  const { name, uid } = cronJob.metadata;
  await create(`/apis/batch/v1${NAMESPACE}/jobs`, {
    metadata: {
      name: "nightly-1",
      ownerReferences: [{ apiVersion: "batch/v1", kind: "CronJob", controller: true, name, uid }],
    },
    spec: jobSpec("fail"),
  });
}

/** The name of the Job that Kubemend created. */
async function findCreated(): Promise<string | undefined> {
  const jobs = await list<Named>(`/apis/batch/v1${NAMESPACE}/jobs`);
  return jobs.map(({ metadata }) => metadata.name).find((name) => name !== "nightly-1");
}

/** The Event of the CronJob controller about a Job that it did not create. */
async function findUnexpected(job: string): Promise<readonly string[]> {
  const events = await list<Event>(`/api/v1${NAMESPACE}/events`);
  return events
    .map(({ message }) => message)
    .filter((message) => message.startsWith("Saw a job that") && message.includes(job));
}

async function createWarning(name: string): Promise<void> {
  await create(`/api/v1${NAMESPACE}/events`, {
    metadata: { name },
    involvedObject: { apiVersion: "v1", kind: "Pod", namespace: "demo", name: "web-0" },
    type: "Warning",
    reason: "SentAfterwards",
    message: "a warning that is reported",
  });
}

/** How many messages lie on the queues between the relay and the alerts, received ones included. */
async function countWaiting(): Promise<number> {
  const { sqs } = sandbox.info;
  const client = createSandboxClient(sqs);
  const attributes = await Promise.all(
    ["changes", "alerts"].map((name) =>
      client.send(
        new GetQueueAttributesCommand({ QueueUrl: sqs.queues[name], AttributeNames: ["All"] }),
      ),
    ),
  );
  client.destroy();
  const counts = attributes.flatMap(({ Attributes = {} }) => [
    Number(Attributes["ApproximateNumberOfMessages"]),
    Number(Attributes["ApproximateNumberOfMessagesNotVisible"]),
  ]);
  return counts.reduce((sum, count) => sum + count, 0);
}

const toWarnings = (): readonly string[] =>
  (sandbox.pipeline?.alerts() ?? [])
    .filter(({ rule }) => rule.id === "alert-warning")
    .map(({ summary }) => summary);

test("the sample rule for warnings reports others' warnings, and not what the CronJob controller says of the Job that Kubemend created", async () => {
  await failJobOfCronJob();
  await expect.poll(findCreated, WAIT).toBeDefined();
  const created = String(await findCreated());
  await expect.poll(() => findUnexpected(created), WAIT).not.toEqual([]);
  // The relay reports Events in their order, so this one comes after those.
  await createWarning("afterwards");
  await expect.poll(toWarnings, WAIT).toContain("SentAfterwards: a warning that is reported");
  await expect.poll(countWaiting, WAIT).toBe(0);
  expect(toWarnings().filter((summary) => summary.includes(created))).toEqual([]);
  expect(toWarnings()).toContainEqual(expect.stringContaining("BackoffLimitExceeded"));
});
