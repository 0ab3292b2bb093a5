import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { kubemend, type Run } from "../../support/host/kubemend.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const folder = temporaryFolder();
const dataDir = join(folder.path, "sandbox");
const kubeconfig = join(dataDir, "kubeconfig");
const config = join(folder.path, "pipeline.yaml");
let sandbox: Run;
let kubernetes: KubernetesClient;

const PIPELINE = `apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: mine }
rules:
  - id: run-again
    on: { resource: jobs.batch, namespaces: [team-x] }
    where: object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")
    then: [createJobFromCronJob: {}]
`;

beforeAll(async () => {
  writeFileSync(config, PIPELINE);
  sandbox = kubemend(["sandbox", "up", "--json", "--config", config, "--data-dir", dataDir]);
  await sandbox.record((record) => record["apiServer"] !== undefined);
  kubernetes = await connectKubeConfig({ kubeconfig });
});

afterAll(async () => {
  await kubernetes?.close();
  sandbox?.process.kill("SIGTERM");
  await sandbox?.ended;
  folder[Symbol.dispose]();
});

async function doctor(...flags: readonly string[]) {
  const run = kubemend(["doctor", "--kubeconfig", kubeconfig, "--json", ...flags]);
  const { code, stderr } = await run.ended;
  const of = (outcome: string): readonly unknown[] =>
    run.records.filter((record) => record["outcome"] === outcome).map(({ check }) => check);
  return { code, stderr, records: run.records, of };
}

test("a healthy sandbox fails no check, and the round trip of a test message works", async () => {
  const { code, records, of } = await doctor("--send");
  expect([of("failed"), code]).toEqual([[], 0]);
  expect(of("skipped")).toEqual(["functions", "receivers"]);
  expect(of("ok")).toEqual([
    "API server",
    "WatchList",
    "clock",
    "resources",
    "namespaces",
    "definition remediations.kubemend.dev",
    "definition ruleguards.kubemend.dev",
    "definition alertgroups.kubemend.dev",
    "definition silences.kubemend.dev",
    "definition mirrors.kubemend.dev",
    "definition moves.kubemend.dev",
    "definition movesteps.kubemend.dev",
    "policy remediations.kubemend.dev",
    "policy ruleguards.kubemend.dev",
    "policy alerts.kubemend.dev",
    "policy mirrors.kubemend.dev",
    "policy moves.kubemend.dev",
    "rights of relay",
    "rights of normalize",
    "rights of remediate",
    "rights of transfer",
    "rights of sweep",
    "relay's Lease",
    ...["changes", "remediations", "transfers"].map((name) => `queue ${name}-dead-letter.fifo`),
    ...["wakeups", "alerts"].map((name) => `queue ${name}-dead-letter`),
    ...["changes", "remediations", "transfers"].map((name) => `queue ${name}.fifo`),
    ...["wakeups", "alerts"].map((name) => `queue ${name}`),
    "round trip",
    "pipeline of the relay",
    "pipeline of the functions",
  ]);
  expect(records).toContainEqual(
    expect.objectContaining({ check: "API server", message: expect.stringMatching(/^v1\.36\./) }),
  );
});

test("what is missing in the cluster fails with its way out: a right, a policy, a pipeline", async () => {
  const RBAC = "/apis/rbac.authorization.k8s.io/v1";
  const ADMISSION = "/apis/admissionregistration.k8s.io/v1";
  type Roles = { readonly items: readonly { readonly metadata: { readonly name: string } }[] };
  const roles = `${RBAC}/namespaces/team-x/rolebindings`;
  const bound = await kubernetes.request<Roles>({ method: "GET", path: roles });
  const remediate = bound.items
    .map(({ metadata }) => metadata.name)
    .find((name) => name.includes("remediate"));
  await kubernetes.request({ method: "DELETE", path: `${roles}/${remediate}` });
  const policy = `${ADMISSION}/validatingadmissionpolicybindings/ruleguards.kubemend.dev`;
  await kubernetes.request({ method: "DELETE", path: policy });
  const other = join(folder.path, "other.yaml");
  writeFileSync(other, PIPELINE.replace("run-again", "run-once-more"));
  const { code, records, of } = await doctor("--config", other);
  expect(code).toBe(1);
  expect(of("failed")).toEqual([
    "policy ruleguards.kubemend.dev",
    "rights of remediate",
    "pipeline of the relay",
    "pipeline of the functions",
  ]);
  expect(records).toContainEqual(
    expect.objectContaining({
      check: "rights of remediate",
      message: expect.stringMatching(/kubemend-remediate lacks: .* in team-x/),
      fix: expect.stringContaining("--rbac"),
    }),
  );
});
