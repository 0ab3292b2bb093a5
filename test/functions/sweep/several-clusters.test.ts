import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { captureLines, toContext } from "../../adapters/lambda/invocation.ts";

type Cluster = {
  readonly server: Server;
  readonly asked: string[];
  status: number;
};

let folder: string;
let own: Cluster;
let eu: Cluster;

/** The uid of the cluster `eu`. */
const UID = "eeeeeeee-0000-4000-8000-00000000000e";

/** An API server that answers every request alike, and lists nothing. */
async function startCluster(): Promise<Cluster> {
  const asked: string[] = [];
  const cluster: Cluster = {
    asked,
    status: 200,
    server: createServer((request, response) => {
      asked.push(`${request.url?.split("?")[0]}`);
      const head = { apiVersion: "v1", kind: "Namespace" };
      const metadata = { name: "kube-system", resourceVersion: "1", uid: UID };
      const body = { ...head, metadata, items: [] };
      response.writeHead(cluster.status).end(JSON.stringify(body));
    }),
  };
  await new Promise<void>((resolve) => cluster.server.listen(0, "127.0.0.1", resolve));
  return cluster;
}

function writeKubeconfig(name: string, { server }: Cluster): string {
  const path = join(folder, name);
  const { port } = server.address() as AddressInfo;
  const clusters = [{ name: "c", cluster: { server: `http://127.0.0.1:${port}` } }];
  const contexts = [{ name: "c", context: { cluster: "c", user: "c" } }];
  const users = [{ name: "c", user: { token: "t" } }];
  writeFileSync(path, JSON.stringify({ "current-context": "c", clusters, contexts, users }));
  return path;
}

function writePipeline(clusters: readonly string[] | undefined): void {
  const rule = {
    id: "a",
    on: { resource: "pods", ...(clusters === undefined ? {} : { clusters }) },
    // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
    then: [{ deleteObject: {} }],
  };
  const access = { kubeconfig: writeKubeconfig("eu", eu) };
  const document = {
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "prod" },
    clusters: [{ name: "eu", uid: UID, access }],
    rules: [rule],
  };
  writeFileSync(join(folder, "pipeline.json"), JSON.stringify(document));
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "kubemend-sweep-"));
  [own, eu] = await Promise.all([startCluster(), startCluster()]);
  vi.stubEnv("KUBECONFIG", writeKubeconfig("own", own));
  vi.stubEnv("KUBEMEND_WAKEUPS_QUEUE_URL", "http://127.0.0.1:1/0/wakeups");
  vi.stubEnv("KUBEMEND_TRANSFERS_QUEUE_URL", "http://127.0.0.1:1/0/transfers.fifo");
  vi.stubEnv("KUBEMEND_PIPELINE", join(folder, "pipeline.json"));
  vi.stubEnv("KUBEMEND_RELAY_LEASE", "off");
  vi.stubEnv("AWS_REGION", "eu-central-1");
  vi.resetModules();
});

afterEach(() => {
  vi.unstubAllEnvs();
  for (const { server } of [own, eu]) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true });
});

const RECORDS = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations";
const GUARDS = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/ruleguards";

async function run() {
  const { handler } = await import("../../../functions/sweep/handler.ts");
  return captureLines(() => handler({}, toContext()));
}

it("looks after the records and guards of each cluster whose changes rules take", async () => {
  writePipeline(["prod", "eu"]);
  await run();
  for (const { asked } of [own, eu])
    expect(asked).toEqual(expect.arrayContaining([RECORDS, GUARDS]));
});

it("asks no cluster whose changes no rule takes", async () => {
  writePipeline(undefined);
  await run();
  expect(own.asked).toContain(RECORDS);
  expect(eu.asked).toEqual([]);
});

it("looks after the others if one refuses, and says which", async () => {
  writePipeline(["prod", "eu"]);
  eu.status = 403;
  const { lines } = await run();
  expect(own.asked).toContain(RECORDS);
  expect(lines).toContainEqual(
    expect.objectContaining({ message: "a cluster could not be swept", cluster: "eu" }),
  );
  expect(lines).toContainEqual(expect.objectContaining({ ClusterUnswept: 1 }));
});

it("looks after the other clusters if its own refuses, and fails then", async () => {
  writePipeline(["prod", "eu"]);
  own.status = 403;
  const { handler } = await import("../../../functions/sweep/handler.ts");
  await expect(handler({}, toContext())).rejects.toMatchObject({ code: "Forbidden" });
  expect(eu.asked).toContain(RECORDS);
});
