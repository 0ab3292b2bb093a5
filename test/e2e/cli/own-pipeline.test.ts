import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { startSandbox, type Sandbox } from "../../../sandbox/sandbox.ts";

const folder = mkdtempSync(join(tmpdir(), "kubemend-own-"));
let sandbox: Sandbox;

beforeAll(async () => {
  const config = join(folder, "pipeline.yaml");
  writeFileSync(
    config,
    `apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: mine }
rules:
  - id: run-reports-again
    on: { resource: jobs.batch, namespaces: [mine] }
    where: >-
      object.metadata.labels.team == "reports" &&
      object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")
    once: object
    then:
      - createJobFromCronJob: {}
`,
  );
  sandbox = await startSandbox(
    { dataDir: join(folder, "sandbox"), bare: false, config },
    () => {},
    new AbortController().signal,
  );
});

afterAll(async () => {
  await sandbox.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function post(
  path: string,
  object: { readonly name: string; readonly [field: string]: unknown },
): Promise<{ readonly metadata: { readonly uid: string } }> {
  const { name, metadata, ...rest } = object;
  const body = { ...rest, metadata: { name, ...(metadata as object | undefined) } };
  return sandbox.kubernetes.request({ method: "POST", path, body });
}

const jobs = "/apis/batch/v1/namespaces/mine/jobs";

async function failJobOf(cronJob: string, team: string): Promise<void> {
  const spec = (command: string): object => ({
    backoffLimit: 0,
    template: {
      spec: {
        restartPolicy: "Never",
        containers: [{ name: "c", image: "any", command: ["sh", "-c", command] }],
      },
    },
  });
  const owner = await post("/apis/batch/v1/namespaces/mine/cronjobs", {
    apiVersion: "batch/v1",
    kind: "CronJob",
    name: cronJob,
    spec: { schedule: "0 0 1 1 *", jobTemplate: { spec: spec("exit 0") } },
  });
  await post(jobs, {
    apiVersion: "batch/v1",
    kind: "Job",
    name: `${cronJob}-by-hand`,
    metadata: {
      labels: { team },
      ownerReferences: [
        { apiVersion: "batch/v1", kind: "CronJob", name: cronJob, uid: owner.metadata.uid },
      ],
    },
    spec: spec("exit 1"),
  });
}

type Job = { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } };

async function findCauses(): Promise<readonly string[]> {
  const list = await sandbox.kubernetes.request<{ items: readonly Job[] }>({
    method: "GET",
    path: jobs,
  });
  return list.items.flatMap((job) => job.metadata.annotations?.["kubemend.dev/cause"] ?? []);
}

async function listRecords(): Promise<readonly RemediationRecord[]> {
  const list = await sandbox.kubernetes.request<{ items: readonly RemediationRecord[] }>({
    method: "GET",
    path: "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations",
  });
  return list.items;
}

test("a user's rule remediates a user's Job in a user's namespace, also a Job that kubectl created without controller: true", async () => {
  await failJobOf("weekly", "reports");
  await expect.poll(findCauses, { timeout: 30_000, interval: 100 }).toHaveLength(1);
  await expect
    .poll(async () => (await listRecords()).map((record) => record.status?.phase), {
      timeout: 30_000,
      interval: 100,
    })
    .toEqual(["Succeeded"]);
  const [record] = await listRecords();
  expect(await findCauses()).toEqual([record?.metadata.name]);
  expect(record?.spec.trigger).toMatchObject({ namespace: "mine", name: "weekly-by-hand" });
});

test("objects that the rule does not name are left alone", async () => {
  await failJobOf("other", "billing");
  await failJobOf("daily", "reports");
  await expect.poll(findCauses, { timeout: 30_000, interval: 100 }).toHaveLength(2);
  const triggers = (await listRecords()).map((record) => record.spec.trigger.name);
  expect(triggers.toSorted()).toEqual(["daily-by-hand", "weekly-by-hand"]);
});
