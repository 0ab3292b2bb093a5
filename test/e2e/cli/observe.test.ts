import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { createDiscovery } from "../../../adapters/kubernetes/api/discovery.ts";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import type { ControlPlane } from "../../../sandbox/control-plane/control-plane.ts";
import { connectWithGrants } from "../../support/functions/granted-client.ts";
import { kubemend } from "../../support/host/kubemend.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { startApiServer } from "../../support/kubernetes/api-server.ts";
import { toFailedJobStatus } from "../../support/kubernetes/failed-job-status.ts";

let folder: ReturnType<typeof temporaryFolder>;
let controlPlane: ControlPlane;
let admin: KubernetesClient;
let reader: string;
let config: string;

const JOBS = "/apis/batch/v1/namespaces/data/jobs";
const CRON_JOBS = "/apis/batch/v1/namespaces/data/cronjobs";
const TEMPLATE = {
  spec: {
    template: {
      spec: { restartPolicy: "Never", containers: [{ name: "main", image: "backup:1" }] },
    },
  },
};
const PIPELINE = {
  apiVersion: "kubemend.dev/v1alpha1",
  kind: "Pipeline",
  cluster: { name: "mine" },
  rules: [
    {
      id: "rerun-backup",
      on: { resource: "jobs.batch", namespaces: ["data"] },
      where: `object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")`,
      // oxlint-disable-next-line unicorn/no-thenable -- a key of the file format
      then: [
        { createJobFromCronJob: { cronJob: "owner" } },
        { alert: { to: "ops", summary: "object.metadata.name" } },
      ],
    },
  ],
};

beforeAll(async () => {
  folder = temporaryFolder();
  controlPlane = await startApiServer("1.36.3", join(folder.path, "control-plane"));
  admin = await connectKubeConfig({ kubeconfig: controlPlane.kubeconfig });
  for (const name of ["data", "kubemend"])
    await create("/api/v1/namespaces", { metadata: { name } });
  const toUserFile = (name: string): string => join(folder.path, `${name}.kubeconfig`);
  const world = { admin, caFile: controlPlane.caFile, toUserFile };
  const read = ["get", "list", "watch"];
  const client = await connectWithGrants(world, "reader", [
    {
      namespace: null,
      rules: [
        { apiGroups: ["batch"], resources: ["jobs", "cronjobs"], verbs: read },
        { apiGroups: [""], resources: ["namespaces"], verbs: ["get"] },
      ],
    },
  ]);
  await client.close();
  reader = toUserFile("reader");
  config = join(folder.path, "pipeline.json");
  writeFileSync(config, JSON.stringify(PIPELINE));
});

afterAll(async () => {
  await admin?.close();
  await controlPlane?.stop();
  folder?.[Symbol.dispose]();
});

type Created = { readonly metadata: { readonly uid: string } };

const create = (path: string, body: object): Promise<Created> =>
  admin.request<Created>({ method: "POST", path, body });

/** A Job of a CronJob that has failed, as the Job controller would leave it. */
async function createFailedJob(cronJob: string, name: string): Promise<void> {
  const spec = { schedule: "0 3 * * *", jobTemplate: TEMPLATE };
  const { metadata } = await create(CRON_JOBS, { metadata: { name: cronJob }, spec });
  const owner = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    name: cronJob,
    uid: metadata.uid,
    controller: true,
  };
  await create(JOBS, { metadata: { name, ownerReferences: [owner] }, ...TEMPLATE });
  await admin.request({
    method: "PATCH",
    path: `${JOBS}/${name}/status`,
    contentType: "application/merge-patch+json",
    body: { status: toFailedJobStatus() },
  });
}

/** Every object of the cluster with its resourceVersion, but for the Leases that the API server renews itself. */
async function listAll(): Promise<ReadonlyMap<string, string>> {
  const { entries } = await createDiscovery({ client: admin, now: () => 0 }).catalog(
    AbortSignal.timeout(30_000),
  );
  const all = new Map<string, string>();
  for (const { group, version, resource, preferred } of entries) {
    if (!preferred || group === "coordination.k8s.io") continue;
    const path = `${group === "" ? `/api/${version}` : `/apis/${group}/${version}`}/${resource}`;
    type List = {
      readonly items?: readonly {
        readonly metadata: Readonly<Record<"name" | "resourceVersion", string>> & {
          readonly namespace?: string;
        };
      }[];
    };
    const list = await admin.request<List>({ method: "GET", path }).catch((): List => ({}));
    for (const { metadata } of list.items ?? []) {
      const { namespace, name, resourceVersion } = metadata;
      all.set(`${path} ${namespace ?? ""}/${name}`, resourceVersion);
    }
  }
  return all;
}

test("kubemend start --context --once shows what would be done about existing objects, and nothing changes", async () => {
  await createFailedJob("nightly", "nightly-1");
  const before = await listAll();
  const args = ["start", "--kubeconfig", reader, "--config", config, "--once", "--json"];
  const run = kubemend(args);
  const { code } = await run.ended;
  expect(code).toBe(0);
  expect(run.records).toEqual([
    expect.objectContaining({
      type: "decision",
      rule: "rerun-backup",
      outcome: "matched",
      subject: `${JOBS}/nightly-1`,
      plan: expect.objectContaining({
        refusal: null,
        steps: [
          expect.objectContaining({
            type: "create",
            what: expect.stringContaining("from CronJob data/nightly"),
          }),
          expect.objectContaining({ type: "alert" }),
        ],
      }),
    }),
    expect.objectContaining({
      type: "summary",
      rules: [expect.objectContaining({ rule: "rerun-backup", matched: 1, episodes: 1 })],
    }),
  ]);
  expect(await listAll()).toEqual(before);
});

test("it prints each match as it happens, until it is stopped", async () => {
  const run = kubemend(["start", "--kubeconfig", reader, "--config", config, "--json"]);
  let stderr = "";
  run.process.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  await expect.poll(() => stderr, { timeout: 60_000 }).toContain("jobs.batch in data: watching");
  await createFailedJob("hourly", "hourly-1");
  const before = await listAll();
  // Of the Job without a status, if that is seen at all, the outcome is unknown.
  const decision = await run.record(({ outcome }) => outcome === "matched");
  expect(decision).toMatchObject({ type: "decision", subject: `${JOBS}/hourly-1` });
  run.process.kill("SIGINT");
  expect(await run.ended).toMatchObject({ code: 0 });
  expect(run.records.filter(({ outcome }) => outcome === "matched")).toHaveLength(1);
  expect(await listAll()).toEqual(before);
});

test("what the user may not read is said, and is no plan", async () => {
  const file = join(folder.path, "pods.json");
  const rule = {
    id: "pods",
    on: { resource: "pods" },
    where: "true",
    // oxlint-disable-next-line unicorn/no-thenable -- a key of the file format
    then: [{ alert: { to: "ops", summary: "object.metadata.name" } }],
  };
  writeFileSync(file, JSON.stringify({ ...PIPELINE, rules: [...PIPELINE.rules, rule] }));
  const run = await kubemend(["start", "--kubeconfig", reader, "--config", file, "--once"]).ended;
  expect(run.code).toBe(1);
  expect(run.stderr).toMatch(/pods.*forbidden/i);
  expect(run.stdout).toContain("rerun-backup: matched 2");
});

test("a namespace that does not exist is named, by validate and doctor too", async () => {
  const file = join(folder.path, "typo.json");
  const [rule] = PIPELINE.rules;
  const on = { resource: "jobs.batch", namespaces: ["dataa"] };
  writeFileSync(file, JSON.stringify({ ...PIPELINE, rules: [{ ...rule, on }] }));
  const named = /the namespace dataa \(rule rerun-backup\) does not exist.*did you mean data\?/;
  const { kubeconfig } = controlPlane;
  const observed = await kubemend(["start", "--kubeconfig", kubeconfig, "--config", file, "--once"])
    .ended;
  expect(observed.stderr).toMatch(named);
  const validated = await kubemend(["validate", file, "--kubeconfig", kubeconfig]).ended;
  expect([validated.code, validated.stdout]).toEqual([0, expect.stringMatching(named)]);
  const doctor = kubemend(["doctor", "--kubeconfig", kubeconfig, "--config", file, "--json"]);
  expect(await doctor.record(({ check }) => check === "namespaces")).toMatchObject({
    outcome: "failed",
    message: expect.stringContaining("namespace dataa"),
    fix: "did you mean data?",
  });
  await doctor.ended;
});
