import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KubernetesObject } from "../../../events/change.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { readField } from "../../../core/json/read-json.ts";
import { startSandbox, type Sandbox } from "../../../sandbox/sandbox.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const NAMESPACE = "configured";
const PIPELINE = `apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: mine }
rules:
  - id: restart-on-change
    on: { resource: secrets, namespaces: [${NAMESPACE}], changed: { fields: [data], unknown: skip } }
    guards: { cooldown: off }
    then:
      - restartRollout: { target: { resource: deployments.apps, name: web } }
      - alert: { to: ops, summary: "object.metadata.name + ' has changed'" }
`;
const SECRETS = `/api/v1/namespaces/${NAMESPACE}/secrets`;
const WEB = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/web`;
const RECORDS = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations";

const folder = temporaryFolder();
let sandbox: Sandbox;

const request = <T>(method: "GET" | "POST", path: string, body?: object): Promise<T> =>
  sandbox.kubernetes.request<T>({ method, path, ...(body === undefined ? {} : { body }) });

const patchSecret = (body: object): Promise<unknown> =>
  sandbox.kubernetes.request({
    method: "PATCH",
    path: `${SECRETS}/settings`,
    contentType: "application/merge-patch+json",
    body,
  });

beforeAll(async () => {
  const config = join(folder.path, "pipeline.yaml");
  writeFileSync(config, PIPELINE);
  sandbox = await startSandbox(
    { dataDir: join(folder.path, "sandbox"), bare: false, config },
    () => {},
    new AbortController().signal,
  );
  await request("POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } }).catch(() => {});
  const labels = { app: "web" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "any" }] } };
  await request("POST", WEB.replace("/web", ""), {
    metadata: { name: "web" },
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  });
});

afterAll(async () => {
  await sandbox?.stop();
  folder[Symbol.dispose]();
});

async function readRestart(): Promise<unknown> {
  const web = await request<KubernetesObject>("GET", WEB);
  return readField(
    web["spec"],
    "template",
    "metadata",
    "annotations",
    "kubectl.kubernetes.io/restartedAt",
  );
}

async function listEnds(): Promise<readonly (string | undefined)[]> {
  const { items } = await request<{ items: readonly RemediationRecord[] }>("GET", RECORDS);
  return items.map(({ status }) => status?.phase);
}

test("a Deployment is restarted when the data of a Secret changes, once for each change, and not for a label", async () => {
  const value = (text: string): object => ({ data: { key: Buffer.from(text).toString("base64") } });
  await request("POST", SECRETS, { metadata: { name: "settings" }, ...value("one") });
  await patchSecret({ metadata: { labels: { touched: "once" } } });
  await patchSecret(value("two"));
  await expect.poll(listEnds, { timeout: 60_000, interval: 200 }).toEqual(["Succeeded"]);
  const first = await readRestart();
  expect(first).toMatch(/^20/);

  await patchSecret({ metadata: { labels: { touched: "twice" } } });
  await patchSecret(value("three"));
  const both = ["Succeeded", "Succeeded"];
  await expect.poll(listEnds, { timeout: 60_000, interval: 200 }).toEqual(both);
  expect(await readRestart()).not.toBe(first);
});
