import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseChangeBody } from "../../../adapters/sqs/packed-data.ts";
import type { ChangeMessage } from "../../../events/change.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import type { Sandbox } from "../../../sandbox/sandbox.ts";
import { findCanary, readFolder, type Evidence } from "../../support/host/canary.ts";
import { kubemend } from "../../support/host/kubemend.ts";
import { installIndiscretePolicy } from "../../support/kubernetes/indiscrete-policy.ts";
import { createTestQueueClient } from "../../support/queues/queue-server.ts";
import { startTappedSandbox } from "../../support/relay/tapped-sandbox.ts";
import type { QueueTap } from "../../support/queues/queue-tap.ts";
import type { RelayUnderTest } from "../../support/relay/relay-process.ts";

/** In a Secret, at a ConfigMap's configured path, and in environments of containers. */
const CANARY = `c4n4ry${randomBytes(9).toString("hex")}`;
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
const NAMESPACE = "tapped";
const ENV = "template.spec.containers[*].env[*].value";
const FAILED = 'object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")';

const PIPELINE = {
  apiVersion: "kubemend.dev/v1alpha1",
  kind: "Pipeline",
  cluster: { name: "canary" },
  redact: [
    { resource: "configmaps", paths: ["data.password"] },
    { resource: "jobs.batch", paths: [`spec.${ENV}`] },
    { resource: "cronjobs.batch", paths: [`spec.jobTemplate.spec.${ENV}`] },
  ],
  rules: [
    {
      id: "maps",
      on: {
        resource: "configmaps",
        namespaces: [NAMESPACE],
        labelSelector: "keep=yes",
        changes: ["added", "modified", "deleted", "left"],
      },
      once: "change",
      initial: "include",
      then: [
        {
          alert: {
            to: "team",
            summary: "'map ' + object.metadata.name + ' ' + object.data.mode",
            group: "off",
          },
        },
      ],
    },
    {
      id: "secrets",
      on: { resource: "secrets", namespaces: [NAMESPACE] },
      once: "change",
      initial: "include",
      then: [{ alert: { to: "team", summary: "'secret of type ' + object.type" } }],
    },
    {
      id: "rerun",
      on: { resource: "jobs.batch", namespaces: [NAMESPACE] },
      where: `${FAILED} && !has(object.metadata.labels.preview)`,
      then: [
        { createJobFromCronJob: {} },
        { alert: { to: "team", summary: "'failed: ' + object.metadata.name" } },
      ],
    },
    {
      id: "preview",
      on: { resource: "jobs.batch", namespaces: [NAMESPACE] },
      where: `${FAILED} && has(object.metadata.labels.preview)`,
      then: [{ createJobFromCronJob: {} }],
      guards: { mode: "dryRun" },
    },
  ],
};

const folder = mkdtempSync(join(tmpdir(), "kubemend-canary-"));
const stateDir = join(folder, "state");
const config = join(folder, "pipeline.json");
const stack = new AsyncDisposableStack();
let sandbox: Sandbox;
let tap: QueueTap;
let relay: RelayUnderTest;
let queues: Readonly<Record<string, string>>;
let functionLines: readonly string[];

beforeAll(async () => {
  writeFileSync(config, JSON.stringify(PIPELINE));
  const setup = { folder, stateDir, config, namespace: NAMESPACE };
  ({ sandbox, tap, relay, queues, functionLines } = await startTappedSandbox(stack, setup));
});

afterAll(async () => {
  await stack.disposeAsync();
  rmSync(folder, { recursive: true, force: true });
});

type Json = Readonly<Record<string, unknown>>;

const core = (resource: string): string => `/api/v1/namespaces/${NAMESPACE}/${resource}`;
const batch = (resource: string): string => `/apis/batch/v1/namespaces/${NAMESPACE}/${resource}`;

/** With the last-applied annotation that kubectl would add. */
function post<T = { metadata: { uid: string } }>(
  path: string,
  object: Json,
  head: Json,
): Promise<T> {
  const annotations = {
    [LAST_APPLIED]: JSON.stringify(object),
    ...(head["annotations"] as object),
  };
  const body = { ...object, metadata: { ...head, annotations } };
  return sandbox.kubernetes.request({ method: "POST", path, body });
}

const patch = (path: string, body: Json): Promise<unknown> =>
  sandbox.kubernetes.request({
    method: "PATCH",
    path,
    contentType: "application/merge-patch+json",
    body,
  });

const remove = (path: string): Promise<unknown> =>
  sandbox.kubernetes.request({ method: "DELETE", path });

const password = { password: CANARY, mode: "fast" };
const keep = { labels: { keep: "yes" } };

/** The relay's messages, described as `modified big packed`. */
function listSent(): readonly { readonly what: string; readonly message: ChangeMessage }[] {
  return tap.sentTo(queues["changes"] ?? "").map((body) => {
    const parsed = parseChangeBody(body);
    if (parsed.outcome !== "parsed") throw new Error(parsed.reason);
    const { change, object, gap, truncated } = parsed.value.data;
    const marks = [
      ...(gap === true ? ["gap"] : []),
      ...(truncated === true ? ["truncated"] : []),
      ...(body.includes('"data_base64"') ? ["packed"] : []),
    ];
    return { what: [change, object.metadata.name, ...marks].join(" "), message: parsed.value };
  });
}

async function untilSent(...expected: readonly string[]): Promise<void> {
  await expect
    .poll(() => listSent().map(({ what }) => what), { timeout: 120_000, interval: 100 })
    .toEqual(expect.arrayContaining([...expected]));
}

function toJobSpec(command: string): Json {
  const env = [{ name: "TOKEN", value: CANARY }];
  const containers = [{ name: "c", image: "any", command: ["sh", "-c", command], env }];
  return { backoffLimit: 0, template: { spec: { restartPolicy: "Never", containers } } };
}

/** A CronJob and a failing Job of it. With `deny`, admission refuses the Jobs made from it, and quotes the value. */
async function failJob(name: string, labels: Json, jobLabels: Json = {}): Promise<void> {
  const jobTemplate = { metadata: { labels }, spec: toJobSpec("exit 0") };
  const cronJob = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    spec: { schedule: "0 0 1 1 *", jobTemplate },
  };
  const { metadata } = await post(batch("cronjobs"), cronJob, { name });
  const owner = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    name,
    uid: metadata.uid,
    controller: true,
  };
  const job = { apiVersion: "batch/v1", kind: "Job", spec: toJobSpec("exit 1") };
  await post(batch("jobs"), job, {
    name: `${name}-1`,
    labels: jobLabels,
    ownerReferences: [owner],
  });
}

async function listRecords(): Promise<readonly RemediationRecord[]> {
  const path = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations";
  const list = await sandbox.kubernetes.request<{ items: readonly RemediationRecord[] }>({
    method: "GET",
    path,
  });
  return list.items;
}

test("the search finds the canary in every encoding", () => {
  const packed = gzipSync(`{"data":"${CANARY}"}`);
  const hidden = ["", "a", "ab"].map((head) =>
    Buffer.from(`${head}${CANARY}zz`).toString("base64"),
  );
  const evidence = [CANARY, ...hidden, packed.toString("base64")]
    .map((text) => Buffer.from(`before ${text} after`))
    .concat([Buffer.concat([Buffer.from("head"), packed])])
    .map((bytes, index) => ({ from: String(index), bytes }));
  expect(findCanary(CANARY, evidence)).toHaveLength(evidence.length);
  expect(findCanary(CANARY, [{ from: "x", bytes: Buffer.from(CANARY.slice(1)) }])).toEqual([]);
});

test("nothing that the relay and the functions log, send or store contains values of Secrets or of configured paths", async () => {
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    type: "Opaque",
    stringData: { password: CANARY },
  };
  const map = { apiVersion: "v1", kind: "ConfigMap", data: password };
  await post(core("secrets"), secret, { name: "before" });
  await relay.start();

  await post(core("secrets"), secret, { name: "live" });
  await post(core("configmaps"), map, { name: "live", ...keep });
  await patch(`${core("configmaps")}/live`, { data: { ...password, mode: "slow" } });
  await patch(`${core("configmaps")}/live`, { metadata: { labels: { keep: "no" } } });
  // Over 1 MiB as text: one that gzip makes small, and one that stays large.
  const large = { ...password, text: "x".repeat(900_000) };
  const head = {
    name: "large",
    ...keep,
    annotations: { text: "y".repeat(200_000), [LAST_APPLIED]: CANARY },
  };
  await post(core("configmaps"), { ...map, data: large }, head);
  const noise = (bytes: number): string => randomBytes(bytes).toString("base64");
  await post(
    core("configmaps"),
    { ...map, data: { ...password, text: noise(700_000) } },
    { ...head, name: "huge", annotations: { text: noise(180_000), [LAST_APPLIED]: CANARY } },
  );
  await post(core("configmaps"), map, { name: "gone", ...keep });
  await untilSent(
    "added before",
    "left live",
    "added large packed",
    "added huge truncated",
    "added gone",
  );

  await relay.kill();
  await remove(`${core("configmaps")}/gone`);
  await remove(`${core("secrets")}/live`);
  await patch(`${core("secrets")}/before`, { stringData: { another: CANARY } });
  await sandbox.controlPlane.compactHistory();
  await sandbox.controlPlane.restart("kube-apiserver");
  await relay.start();
  await untilSent("deleted gone gap", "deleted live gap", "modified before gap");

  await installIndiscretePolicy(sandbox.kubernetes, {
    namespace: NAMESPACE,
    spec: toJobSpec("exit 0"),
    value: CANARY,
  });
  await failJob("nightly", {});
  await failJob("denied", { deny: "yes" });
  await failJob("previewed", { deny: "yes" }, { preview: "yes" });
  await expect
    .poll(
      async () => (await listRecords()).map(({ status }) => String(status?.phase)).toSorted(byText),
      {
        timeout: 120_000,
        interval: 200,
      },
    )
    .toEqual(["Failed", "Failed", "Succeeded"]);

  // A message of another kind is a poison message.
  const [sent] = tap.sentTo(queues["changes"] ?? "");
  const foreign = sent?.replace('"specversion":"1.0"', '"specversion":"0.3"') ?? "";
  const queueClient = createTestQueueClient(new URL(queues["changes"] ?? "").origin);
  await queueClient.send(
    new SendMessageCommand({
      QueueUrl: queues["changes"],
      MessageBody: foreign,
      MessageGroupId: "foreign",
      MessageDeduplicationId: "foreign",
    }),
  );
  queueClient.destroy();
  await expect
    .poll(() => tap.sentTo(queues["changesDeadLetter"] ?? "").includes(foreign), {
      timeout: 120_000,
      interval: 100,
    })
    .toBe(true);
  // normalize has read the truncated object itself, and the alert contains the permitted fields.
  const alerts = (): readonly string[] => tap.sentTo(queues["alerts"] ?? "");
  await expect
    .poll(() => alerts().filter((body) => body.includes("map huge fast")), { timeout: 120_000 })
    .not.toEqual([]);

  const recording = join(folder, "changes.jsonl");
  const recorder = kubemend(["record", "--config", config, "--output", recording], {
    KUBECONFIG: sandbox.info.kubeconfig,
    TMPDIR: folder,
  });
  stack.defer(() => void recorder.process.kill("SIGKILL"));
  const isRecorded = (kind: string): boolean => readIfThere(recording).includes(`"kind":"${kind}"`);
  const patient = { timeout: 120_000, interval: 100 };
  await expect.poll(() => isRecorded("Secret") && isRecorded("ConfigMap"), patient).toBe(true);
  await expect
    .poll(async () => {
      await patch(`${batch("jobs")}/nightly-1`, {
        metadata: { labels: { touched: `t${Date.now()}` } },
      });
      return isRecorded("Job");
    }, patient)
    .toBe(true);
  recorder.process.kill("SIGINT");
  const recorded = await recorder.ended;

  const evidence: readonly Evidence[] = [
    ...tap.heard,
    ...readFolder(stateDir),
    ...toEvidence("relay's metrics", await relay.metrics()),
    ...toEvidence("relay's log", relay.output()),
    ...functionLines.map((line) => ({ from: line.slice(0, 200), bytes: Buffer.from(line) })),
    ...toEvidence("records", JSON.stringify(await listRecords())),
    ...toEvidence("Events", JSON.stringify(await listEvents())),
    ...toEvidence("recording", readFileSync(recording, "utf8")),
    ...toEvidence("record's output", recorded.stdout + recorded.stderr),
  ];
  expect(findCanary(CANARY, evidence)).toEqual([]);
  expect(await relay.stop()).toBe(0);
  expect(findCanary(CANARY, readFolder(stateDir))).toEqual([]);

  // All of the evidence was really collected.
  expect(functionLines.some((line) => line.includes('"level":"DEBUG"'))).toBe(true);
  expect(readFolder(stateDir).map(({ from }) => from)).toContain(join(stateDir, "journal.sqlite"));
  const live = listSent().find(({ what }) => what === "added live");
  expect(live?.message.data.redacted).toContain(`metadata.annotations["${LAST_APPLIED}"]`);
  expect(live?.message.data.redacted?.some((path) => path.startsWith("data"))).toBe(true);
  const jobs = await sandbox.kubernetes.request({ method: "GET", path: batch("jobs") });
  const made = (jobs as { items: readonly Json[] }).items.filter((job) =>
    JSON.stringify(job["metadata"]).includes("kubemend.dev/cause"),
  );
  expect(made).toHaveLength(1);
  expect(JSON.stringify(made[0]?.["spec"])).toContain(CANARY);
}, 600_000);

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

function toEvidence(from: string, text: string): readonly Evidence[] {
  return [{ from, bytes: Buffer.from(text) }];
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Kubemend's own values. */
async function listEvents(): Promise<readonly Json[]> {
  const path = `/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events`;
  const { items } = await sandbox.kubernetes.request<{ items: readonly Json[] }>({
    method: "GET",
    path,
  });
  const own = items.filter((event) => event["reportingController"] === "kubemend.dev/remediate");
  expect(own.length).toBeGreaterThan(0);
  return own;
}
