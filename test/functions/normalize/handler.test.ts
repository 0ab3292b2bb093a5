import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "kubemend-test-"));
const pipeline = join(folder, "pipeline.json");
const kubeconfig = join(folder, "kubeconfig");

const ENVIRONMENT = {
  KUBECONFIG: kubeconfig,
  KUBEMEND_PIPELINE: pipeline,
  KUBEMEND_REMEDIATIONS_QUEUE_URL: "http://127.0.0.1:1/0/remediations.fifo",
  KUBEMEND_ALERTS_QUEUE_URL: "http://127.0.0.1:1/0/alerts",
  KUBEMEND_WAKEUPS_QUEUE_URL: "http://127.0.0.1:1/0/wakeups",
  KUBEMEND_TRANSFERS_QUEUE_URL: "http://127.0.0.1:1/0/transfers.fifo",
  KUBEMEND_DEAD_LETTER_QUEUE_URL: "http://127.0.0.1:1/0/changes-dead-letter.fifo",
  AWS_REGION: "eu-central-1",
};

const PIPELINE = {
  apiVersion: "kubemend.dev/v1alpha1",
  kind: "Pipeline",
  cluster: { name: "prod" },
  watch: [{ resource: "pods" }],
};

beforeEach(() => {
  vi.resetModules();
  for (const [name, value] of Object.entries(ENVIRONMENT)) vi.stubEnv(name, value);
  writeFileSync(pipeline, JSON.stringify(PIPELINE));
  const cluster = { name: "c", cluster: { server: "https://127.0.0.1:1" } };
  const context = { name: "c", context: { cluster: "c", user: "c" } };
  const users = [{ name: "c", user: { token: "t" } }];
  writeFileSync(
    kubeconfig,
    JSON.stringify({ "current-context": "c", clusters: [cluster], contexts: [context], users }),
  );
  return () => vi.unstubAllEnvs();
});

afterEach(() => {
  rmSync(pipeline, { force: true });
});

const load = (): Promise<unknown> => import("../../../functions/normalize/handler.ts");

test("exports a handler once its settings and its pipeline are read", async () => {
  expect(await load()).toMatchObject({ handler: expect.any(Function) });
});

test("does not start without its settings, and names them", async () => {
  vi.stubEnv("KUBEMEND_ALERTS_QUEUE_URL", undefined);
  vi.stubEnv("KUBECONFIG", "");
  await expect(load()).rejects.toMatchObject({
    code: "InvalidConfiguration",
    message:
      "configuration: KUBEMEND_CLUSTER_ACCESS is not set; KUBEMEND_ALERTS_QUEUE_URL is not set",
  });
});

test("does not start with an invalid pipeline, and names the field", async () => {
  writeFileSync(pipeline, JSON.stringify({ ...PIPELINE, watch: [{ resource: "pod" }] }));
  await expect(load()).rejects.toMatchObject({
    code: "InvalidPipeline",
    message: expect.stringMatching(/not a valid pipeline: watch\.0\.resource unknown resource pod/),
  });
});
