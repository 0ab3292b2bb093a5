import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { kubemend, type Run } from "../../support/host/kubemend.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const folder = temporaryFolder();
const dataDir = join(folder.path, "sandbox");
const config = join(folder.path, "pipeline.yaml");
let sandbox: Run;
let kubernetes: KubernetesClient;

/** Alerts about ConfigMaps with a label, in a namespace that only this pipeline names. */
function toPipeline(label: string): string {
  return `apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: mine }
rules:
  - id: alert-${label}
    on: { resource: configmaps, namespaces: [team-x] }
    where: object.metadata.labels.kind == "${label}"
    once: object
    then: [{ alert: { to: team, summary: "'${label}: ' + object.metadata.name" } }]
`;
}

const run = (...args: readonly string[]): Run => kubemend([...args, "--data-dir", dataDir]);

async function connect(): Promise<void> {
  await kubernetes?.close();
  kubernetes = await connectKubeConfig({ kubeconfig: join(dataDir, "kubeconfig") });
}

async function up(): Promise<void> {
  sandbox = run("sandbox", "up", "--json", "--config", config);
  await sandbox.record((record) => record["apiServer"] !== undefined);
  await connect();
}

beforeAll(async () => {
  writeFileSync(config, toPipeline("first"));
  await up();
});

afterAll(async () => {
  await kubernetes?.close();
  sandbox?.process.kill("SIGTERM");
  await sandbox?.ended;
  folder[Symbol.dispose]();
});

async function createSettings(name: string, kind: string): Promise<void> {
  await kubernetes.request({
    method: "POST",
    path: "/api/v1/namespaces/team-x/configmaps",
    body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels: { kind } } },
  });
}

test("the namespaces that the pipeline names exist, and `status` says so", async () => {
  await kubernetes.request({ method: "GET", path: "/api/v1/namespaces/team-x" });
  const { stdout } = await run("sandbox", "status").ended;
  expect(stdout).toContain("Created the namespaces that the pipeline names: team-x");
});

test("an alert is a live line, and the logs of the functions can be read and followed", async () => {
  const logs = run("sandbox", "logs", "--follow", "--json", "notify");
  await createSettings("one", "first");
  const alert = await sandbox.record(({ type }) => type === "alert");
  expect(alert).toMatchObject({ to: "team", rule: "alert-first", summary: "first: one" });
  await logs.record(({ alertId }) => alertId === alert["name"]);
  logs.process.kill("SIGINT");
  expect((await logs.ended).code).toBe(0);
  const { stdout } = await run("sandbox", "logs").ended;
  expect(stdout).toMatch(/^\S+ +INFO +relay +relay started/m);
  expect(stdout).toMatch(/^\S+ +WARN +notify +alert .*summary="first: one"/m);
  expect(stdout).not.toContain("_aws");
});

test("a pipeline that changes is used by functions and relay, and one that is not valid by nobody", async () => {
  writeFileSync(config, "rules: nonsense");
  const refused = await sandbox.record(({ text }) => String(text).includes("cannot be used"));
  expect(refused["type"]).toBe("notice");
  writeFileSync(config, toPipeline("second"));
  await sandbox.record(({ text }) => String(text).includes("the functions use it now"));
  await expect
    .poll(async () => (await run("sandbox", "logs", "relay").ended).stdout, {
      timeout: 30_000,
      interval: 1_000,
    })
    .toMatch(/pipeline/i);
  // The relay follows within 5 s; the object must be one that it sees afterwards.
  await sleep(6_000);
  await createSettings("two", "second");
  const alert = await sandbox.record(({ rule }) => rule === "alert-second");
  expect(alert).toMatchObject({ type: "alert", summary: "second: two" });
});

test("`trigger` finds the queue of the sandbox, also for a rule that only alerts", async () => {
  const environment = { KUBECONFIG: join(dataDir, "kubeconfig"), AWS_REGION: "" };
  const args = ["trigger", "alert-second", "configmaps/team-x/two", "--json"];
  const triggered = kubemend(args, environment);
  const asked = await triggered.record(({ type }) => type === "alerted");
  expect((await triggered.ended).code).toBe(0);
  await sandbox.record(({ type, name }) => type === "alert" && name === asked["name"]);
});

test("another pipeline file is refused while the sandbox runs, and the same one is not", async () => {
  const other = await run("sandbox", "up", "--config", join(folder.path, "other.yaml")).ended;
  expect(other.code).toBe(1);
  expect(other.stderr).toContain(`with ${config}. Stop it with`);
  expect((await run("sandbox", "up", "--bare").ended).code).toBe(1);
  expect((await run("sandbox", "up", "--config", config).ended).code).toBe(0);
  expect((await run("sandbox", "up").ended).code).toBe(0);
});

test("after `down` and `up` a Pod runs at once", async () => {
  expect((await run("sandbox", "down").ended).code).toBe(0);
  await up();
  const startedAt = performance.now();
  const path = "/apis/batch/v1/namespaces/team-x/jobs";
  const container = { name: "c", image: "any", command: ["true"] };
  const template = { spec: { restartPolicy: "Never", containers: [container] } };
  await kubernetes.request({
    method: "POST",
    path,
    body: { apiVersion: "batch/v1", kind: "Job", metadata: { name: "quick" }, spec: { template } },
  });
  await expect
    .poll(
      () =>
        kubernetes.request<{ status: { succeeded?: number } }>({
          method: "GET",
          path: `${path}/quick`,
        }),
      { timeout: 60_000, interval: 100 },
    )
    .toMatchObject({ status: { succeeded: 1 } });
  expect(performance.now() - startedAt).toBeLessThan(15_000);
});

test("Ctrl-C while it starts ends it with exit code 130", async () => {
  const other = kubemend(["sandbox", "up", "--bare", "--data-dir", join(folder.path, "stopped")]);
  await sleep(1_500);
  other.process.kill("SIGINT");
  const { code, stderr } = await other.ended;
  expect(stderr).toMatch(/Stopped\.\n$/);
  expect(code).toBe(130);
});
