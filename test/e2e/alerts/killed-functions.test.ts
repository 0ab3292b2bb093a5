import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { toAlertGroup } from "../../../adapters/alert-groups/group-store.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import type { AlertGroup } from "../../../events/alert-group.ts";
import { parseAlertMessage, type AlertData } from "../../../events/alert.ts";
import { ensureBinaries } from "../../../sandbox/build/binaries.ts";
import { startControlPlane } from "../../../sandbox/control-plane/control-plane.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { readPipelineSource } from "../../../sandbox/pipeline/pipeline-source.ts";
import { startPipeline } from "../../../sandbox/pipeline/start-pipeline.ts";
import type { QueueAddresses } from "../../../sandbox/queues/queue-process.ts";
import { startQueues } from "../../../sandbox/queues/queues.ts";
import { toFailedJobStatus } from "../../support/kubernetes/failed-job-status.ts";
import { createTestQueueClient } from "../../support/queues/queue-server.ts";
import { startReceiver, type ReceiverServer } from "../../support/receiver-server.ts";

const NAMESPACES = ["storm-a", "storm-b"];
/** For each namespace and rule. */
const OBJECTS = 50;
const KILLS = 30;
const KUBEMEND = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend";
const FAILED = 'object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")';

const folder = mkdtempSync(join(tmpdir(), "kubemend-storm-"));
const stack = new AsyncDisposableStack();
let client: KubernetesClient;
let receiver: ReceiverServer;

beforeAll(async () => {
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  receiver = stack.use(await startReceiver({ status: 204 }));
  const controlPlane = await startControlPlane({
    dataDir: join(folder, "control-plane"),
    binaries: await ensureBinaries({}),
    apiOnly: true,
  });
  stack.defer(() => controlPlane.stop());
  client = await connectKubeConfig({ kubeconfig: controlPlane.kubeconfig });
  stack.defer(() => client.close());
  for (const name of NAMESPACES) {
    const body = { metadata: { name } };
    await client.request({ method: "POST", path: "/api/v1/namespaces", body });
  }
  const queues = await startQueues();
  stack.defer(() => queues.stop());
  await shortenVisibility(queues);
  const dist = join(findProjectRoot(), "dist");
  const pipeline = await startPipeline(
    {
      dataDir: folder,
      source: await readPipelineSource(writePipeline(receiver.url)),
      functions: join(dist, "functions"),
      script: join(dist, "kubemend.mjs"),
      kubernetes: client,
      caFile: controlPlane.caFile,
      queues,
    },
    new AbortController().signal,
  );
  stack.defer(pipeline.stop);
});

afterAll(() => stack.disposeAsync());

/** A message of a function that was killed is received again after seconds, not after minutes. */
async function shortenVisibility({ endpoint, queues }: QueueAddresses): Promise<void> {
  const sqs = createTestQueueClient(endpoint);
  for (const key of ["changes", "remediations", "wakeups", "alerts"]) {
    const Attributes = { VisibilityTimeout: "8" };
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: queues[key], Attributes }));
  }
  sqs.destroy();
}

/** One rule only alerts; the other one mends, and alerts as a step of its record. */
function writePipeline(url: string): string {
  const off = { cooldown: "off", maxPerHour: "off", maxInFlight: "off", stormBrake: "off" };
  const alert = { alert: { to: "hook", summary: "object.metadata.name", window: "5s" } };
  const on = (does: string) => ({
    on: { resource: "jobs.batch", namespaces: NAMESPACES, labelSelector: `does=${does}` },
    where: FAILED,
  });
  const mend = [{ label: { set: { mended: "yes" } } }, alert];
  const pipeline = {
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "storm" },
    receivers: { hook: { webhook: { url: `${url}/hook` } } },
    rules: [
      // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
      { id: "alerts", ...on("alert"), then: [alert] },
      // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
      { id: "mends", ...on("mend"), guards: { ...off, breaker: "off" }, then: mend },
    ],
  };
  const file = join(folder, "pipeline.yaml");
  writeFileSync(file, JSON.stringify(pipeline));
  return file;
}

async function failJob(namespace: string, name: string, does: string): Promise<void> {
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

/** The processes of the functions, which are children of this one. */
function listFunctions(): readonly number[] {
  const text = execFileSync("ps", ["-A", "-ww", "-o", "pid=,ppid=,args="], { encoding: "utf8" });
  return text
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, ...args]) => {
      return Number(parent) === process.pid && args.join(" ").includes("bootstrap.mjs");
    })
    .map(([pid]) => Number(pid));
}

/** Kills functions at random moments. Returns how often. */
async function killFunctions(): Promise<number> {
  let killed = 0;
  for (let count = 0; count < KILLS; count += 1) {
    await sleep(100 + Math.random() * 900);
    const all = listFunctions();
    const pid = all[Math.floor(Math.random() * all.length)];
    if (pid === undefined) continue;
    try {
      process.kill(pid, "SIGKILL");
      killed += 1;
    } catch {
      // It has ended since.
    }
  }
  return killed;
}

/** What the receiver got, in the order of arrival. */
function readAlerts(): readonly AlertData[] {
  return receiver.requests.map(({ body }) => {
    const parsed = parseAlertMessage(body);
    if (parsed.outcome === "refused") throw new Error(parsed.reason);
    return parsed.value.data;
  });
}

async function readGroups(): Promise<readonly AlertGroup[]> {
  const path = `${KUBEMEND}/alertgroups`;
  const { items } = await client.request<{ items: readonly object[] }>({ method: "GET", path });
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "AlertGroup" };
  return items.map((item) => toAlertGroup({ ...item, ...head }));
}

const toKey = (namespace: string | null, name: string): string => `${namespace}/${name}`;

/** Every alert that was announced by itself because its group could not be written in time. */
const listAlone = (): readonly AlertData[] => readAlerts().filter(({ group }) => !group);

/** The objects that are in a group, or were announced alone. */
async function listAnnounced(): Promise<ReadonlySet<string>> {
  const open = (await readGroups()).flatMap(({ status }) => status.open);
  const alone = listAlone().map(({ trigger }) => trigger);
  return new Set([...open, ...alone].map(({ namespace, name }) => toKey(namespace, name)));
}

/** How many alerts the messages of each group have counted: a message that was delivered twice counts once. */
function countByGroup(): ReadonlyMap<string, number> {
  const unique = new Map(readAlerts().map((alert) => [alert.alertId, alert]));
  const counts = new Map<string, number>();
  for (const { group } of unique.values()) {
    if (group?.reason !== "first" && group?.reason !== "window") continue;
    counts.set(group.name, (counts.get(group.name) ?? 0) + group.alerts);
  }
  return counts;
}

it("loses no alert and counts none twice, whichever function is killed at whatever moment", async () => {
  const due = NAMESPACES.flatMap((namespace) =>
    Array.from({ length: OBJECTS * 2 }, (_none, index) => {
      const does = index % 2 === 0 ? "alert" : "mend";
      return { namespace, name: `${does}-${index}`, does };
    }),
  );
  const killing = killFunctions();
  for (let from = 0; from < due.length; from += 4) {
    const some = due.slice(from, from + 4);
    await Promise.all(some.map(({ namespace, name, does }) => failJob(namespace, name, does)));
  }
  const killed = await killing;
  const wait = { timeout: 200_000, interval: 1_000 };
  const names = due.map(({ namespace, name }) => toKey(namespace, name)).toSorted();
  await expect.poll(async () => [...(await listAnnounced())].toSorted(), wait).toEqual(names);
  // The last windows end, and what functions have left in their outboxes is sent.
  await expect
    .poll(async () => {
      const groups = await readGroups();
      const counts = countByGroup();
      return groups.map(({ metadata, status }) => [
        metadata.name,
        status.open.length - (counts.get(metadata.name) ?? 0),
        status.outbox?.length ?? 0,
      ]);
    }, wait)
    .toEqual((await readGroups()).map(({ metadata }) => [metadata.name, 0, 0]));
  const records = await client.request<{ items: readonly { status?: { phase: string } }[] }>({
    method: "GET",
    path: `${KUBEMEND}/remediations`,
  });
  const phases = records.items.map(({ status }) => status?.phase);
  expect(phases).toEqual(Array.from({ length: OBJECTS * NAMESPACES.length }, () => "Succeeded"));
  expect(killed).toBeGreaterThan(KILLS / 2);
}, 480_000);

it("repeats a message under its id and with its text only", () => {
  const texts = new Map<string, Set<string>>();
  for (const { alertId, summary, group } of readAlerts()) {
    const text = JSON.stringify([summary, group?.alerts, group?.since]);
    texts.set(alertId, (texts.get(alertId) ?? new Set()).add(text));
  }
  expect([...texts].filter(([, different]) => different.size > 1)).toEqual([]);
});
