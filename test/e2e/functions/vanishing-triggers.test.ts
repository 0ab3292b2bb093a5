import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { readKeySecret } from "../../../adapters/signing/key-secret.ts";
import { readKeyFile } from "../../../adapters/signing/key-file.ts";
import { startSandbox, type Sandbox } from "../../../sandbox/sandbox.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const folder = temporaryFolder();
const dataDir = join(folder.path, "sandbox");
let sandbox: Sandbox;

const rule = (id: string, ifGone: string): string => `
  - id: ${id}
    on: { resource: jobs.batch, namespaces: [${id}] }
    where: object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")
    ifGone: ${ifGone}
    then:
      - createJobFromCronJob: {}
      - alert: { to: oncall, summary: "'failed: ' + object.metadata.name", group: off }
`;

beforeAll(async () => {
  const config = join(folder.path, "pipeline.yaml");
  const head = "apiVersion: kubemend.dev/v1alpha1\nkind: Pipeline\ncluster: { name: mine }\nrules:";
  writeFileSync(config, `${head}${rule("acting", "act")}${rule("refusing", "refuse")}`);
  const { signal } = new AbortController();
  sandbox = await startSandbox({ dataDir, bare: false, config }, () => {}, signal);
  for (const name of ["acting", "refusing"]) {
    const metadata = { name };
    await post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata }).catch(
      () => {},
    );
  }
});

afterAll(async () => {
  await sandbox?.stop();
  folder[Symbol.dispose]();
});

function post(
  path: string,
  body: object,
): Promise<{ readonly metadata: { readonly uid: string } }> {
  return sandbox.kubernetes.request({ method: "POST", path, body });
}

const toJobSpec = (command: string) => ({
  backoffLimit: 0,
  template: {
    spec: {
      restartPolicy: "Never",
      containers: [{ name: "c", image: "any", command: ["sh", "-c", command] }],
    },
  },
});

/** Creates a Job of a CronJob, which fails and is deleted within a second after that. */
async function failAndVanish(namespace: string, name: string): Promise<void> {
  const [version, path] = ["batch/v1", `/apis/batch/v1/namespaces/${namespace}`];
  const jobTemplate = { spec: toJobSpec("exit 0") };
  const owner = await post(`${path}/cronjobs`, {
    apiVersion: version,
    kind: "CronJob",
    metadata: { name },
    spec: { schedule: "0 0 1 1 *", jobTemplate },
  });
  const { uid } = owner.metadata;
  const reference = { apiVersion: version, kind: "CronJob", name, uid, controller: true };
  await post(`${path}/jobs`, {
    apiVersion: version,
    kind: "Job",
    metadata: { name: `${name}-run`, ownerReferences: [reference] },
    spec: { ...toJobSpec("exit 1"), ttlSecondsAfterFinished: 0 },
  });
}

async function listRecords(ruleId: string): Promise<readonly RemediationRecord[]> {
  const path = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations";
  const { items } = await sandbox.kubernetes.request<{ items: readonly RemediationRecord[] }>({
    method: "GET",
    path,
  });
  return items.filter(({ spec }) => spec.rule.id === ruleId);
}

const NAMES = Array.from({ length: 5 }, (_, index) => `export-${index}`);

async function listEnds(ruleId: string): Promise<readonly string[]> {
  const ended = (await listRecords(ruleId)).filter(({ status }) => status?.endedAt !== undefined);
  return ended.map(({ status }) => `${status?.phase} ${status?.reason}`);
}

test("the sandbox signs: its key is in a file and, for kubemend trigger, in a Secret", async () => {
  expect(existsSync(join(dataDir, "signing-keys"))).toBe(true);
  const keys = await readKeyFile(join(dataDir, "signing-keys"));
  expect(await readKeySecret(sandbox.kubernetes)).toEqual(keys);
});

test("with ifGone: act, failed Jobs that vanish at once are remediated, each once", async () => {
  for (const name of NAMES) await failAndVanish("acting", name);
  await expect
    .poll(() => listEnds("acting"), { timeout: 60_000, interval: 200 })
    .toEqual(NAMES.map(() => "Succeeded Remediated"));
});

test("with ifGone: refuse, no Job vanishes unnoticed: each has its record and its alert", async () => {
  for (const name of NAMES) await failAndVanish("refusing", name);
  await expect
    .poll(() => listEnds("refusing"), { timeout: 60_000, interval: 200 })
    .toHaveLength(NAMES.length);
  const allowed = ["Refused TriggerGone", "Succeeded Remediated"];
  expect(allowed).toEqual(expect.arrayContaining([...(await listEnds("refusing"))]));
  const count = (): number =>
    sandbox.pipeline?.alerts().filter((alert) => alert.rule.id === "refusing").length ?? 0;
  await expect.poll(count, { timeout: 30_000, interval: 200 }).toBe(NAMES.length);
});
