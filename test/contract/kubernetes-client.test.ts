import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isKubemendError } from "../../core/errors.ts";
import type { KubernetesClient, KubernetesRequest } from "../../adapters/kubernetes/http/client.ts";
import { connectKubeConfig } from "../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { connectLean } from "../../adapters/kubernetes/connect/lean-connection.ts";
import { installAccess } from "../../sandbox/access/install-access.ts";
import { ensureBinaries } from "../../sandbox/build/binaries.ts";
import { startControlPlane, type ControlPlane } from "../../sandbox/control-plane/control-plane.ts";
import { writeKubeconfig } from "../../sandbox/control-plane/kubeconfig.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const MERGE_PATCH = "application/merge-patch+json";

const CONNECTIONS: readonly [string, (kubeconfig: string) => Promise<KubernetesClient>][] = [
  ["connectLean", (kubeconfig) => connectLean({ kubeconfig })],
  ["connectKubeConfig", (kubeconfig) => connectKubeConfig({ kubeconfig })],
];

let folder: string;
let controlPlane: ControlPlane;
/** For an identity that may read Pods and nothing else. */
let poorKubeconfig: string;
let strangerKubeconfig: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kubemend-client-"));
  controlPlane = await startControlPlane({
    dataDir: join(folder, "control-plane"),
    binaries: await ensureBinaries({}),
    apiOnly: true,
  });
  const client = await connectLean({ kubeconfig: controlPlane.kubeconfig });
  const pods = [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }];
  const { relay } = await installAccess({
    client,
    caFile: controlPlane.caFile,
    dir: folder,
    permissions: { relay: pods, normalize: [], remediate: [], notify: [] },
    crds: [],
  });
  poorKubeconfig = relay;
  strangerKubeconfig = join(folder, "stranger.kubeconfig");
  const { server, caFile } = controlPlane;
  const ca = readFileSync(caFile, "utf8");
  writeKubeconfig(strangerKubeconfig, { server, ca, token: "wrong", user: "stranger" });
  await client.close();
});

afterAll(async () => {
  await controlPlane?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function drain(lines: AsyncIterator<unknown>): Promise<void> {
  while ((await lines.next()).done !== true);
}

describe.each(CONNECTIONS)("%s", (name, connect) => {
  let client: KubernetesClient;
  let count = 0;

  beforeAll(async () => {
    client = await connect(controlPlane.kubeconfig);
  });

  afterAll(async () => {
    await client?.close();
  });

  async function createConfigMap(): Promise<{ path: string; uid: string; name: string }> {
    count += 1;
    const body = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: `${name.toLowerCase()}-${count}`, labels: { by: name.toLowerCase() } },
      data: { text: "grüße 🚀" },
    };
    const made = await client.request<{ metadata: { uid: string; name: string } }>({
      method: "POST",
      path: CONFIG_MAPS,
      body,
    });
    return { path: `${CONFIG_MAPS}/${made.metadata.name}`, ...made.metadata };
  }

  /** Verdict and code of a refusal. */
  async function refuse(request: KubernetesRequest): Promise<unknown> {
    return client
      .request(request)
      .catch((error: unknown) =>
        isKubemendError(error)
          ? `${error.retryable ? "temporary" : "terminal"} ${error.code}`
          : error,
      );
  }

  it("knows its server", () => {
    expect(client.server).toBe(controlPlane.server);
  });

  it("creates, reads, patches, replaces and deletes", async () => {
    const { path } = await createConfigMap();
    expect(await client.request({ method: "GET", path })).toMatchObject({
      data: { text: "grüße 🚀" },
    });
    const patch = { data: { text: "b" } };
    const patched = await client.request<object>({
      method: "PATCH",
      path,
      contentType: MERGE_PATCH,
      body: patch,
    });
    expect(patched).toMatchObject(patch);
    const replaced = { ...patched, data: { text: "c" } };
    expect(await client.request({ method: "PUT", path, body: replaced })).toMatchObject({
      data: { text: "c" },
    });
    expect(await client.request({ method: "DELETE", path })).toMatchObject({ status: "Success" });
    await expect(client.request({ method: "GET", path })).rejects.toMatchObject({
      code: "NotFound",
      retryable: false,
      message: expect.stringContaining(`GET ${path}`),
    });
  });

  it("encodes paths and queries", async () => {
    const { name: created } = await createConfigMap();
    const list = await client.request<{ items: readonly { metadata: { name: string } }[] }>({
      method: "GET",
      path: CONFIG_MAPS,
      query: {
        labelSelector: `by in (${name.toLowerCase()}),a!=b`,
        fieldSelector: `metadata.name=${created}`,
        limit: 1,
        continue: undefined,
      },
    });
    expect(list.items.map(({ metadata }) => metadata.name)).toEqual([created]);
  });

  it("requests the media type that it is given", async () => {
    const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    const list = await client.request({ method: "GET", path: CONFIG_MAPS, accept });
    expect(list).toMatchObject({ kind: "PartialObjectMetadataList" });
  });

  it("distinguishes refusals by status and cause", async () => {
    const { path, name: taken } = await createConfigMap();
    const head = { apiVersion: "v1", kind: "ConfigMap" };

    const body = { ...head, metadata: { name: taken } };
    expect(await refuse({ method: "POST", path: CONFIG_MAPS, body })).toBe(
      "terminal AlreadyExists",
    );
    const patch = { method: "PATCH", path, contentType: MERGE_PATCH } as const;
    expect(await refuse({ ...patch, body: { metadata: { resourceVersion: "1" } } })).toBe(
      "terminal Conflict",
    );
    expect(await refuse({ ...patch, body: { metadata: { uid: "other" } } })).toBe(
      "terminal PreconditionFailed",
    );
    const preconditions = { uid: "other" };
    expect(await refuse({ method: "DELETE", path, body: { preconditions } })).toBe(
      "terminal PreconditionFailed",
    );
    const wrong = { ...head, metadata: { name: "NOT A NAME" } };
    expect(await refuse({ method: "POST", path: CONFIG_MAPS, body: wrong })).toBe(
      "terminal Invalid",
    );
    expect(await refuse({ ...patch, contentType: "text/plain", body: {} })).toBe(
      "terminal Invalid",
    );
    expect(await refuse({ method: "GET", path: "/apis/none/v1/things" })).toBe("terminal NotFound");
    expect(await refuse({ method: "GET", path, accept: "application/xml" })).toBe(
      "terminal NotAcceptable",
    );
  });

  it("names the field that the API server does not accept", async () => {
    const body = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "m1", ownerReferences: [{ kind: "CronJob", name: "x", uid: "u" }] },
      spec: {
        template: { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "b" }] } },
      },
    };
    const path = "/apis/batch/v1/namespaces/default/jobs";
    await expect(client.request({ method: "POST", path, body })).rejects.toMatchObject({
      code: "Invalid",
      message: expect.stringContaining(
        'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
      ),
    });
  });

  it("distinguishes a wrong token from missing permissions", async () => {
    const stranger = await connect(strangerKubeconfig);
    const poor = await connect(poorKubeconfig);
    await expect(stranger.request({ method: "GET", path: CONFIG_MAPS })).rejects.toMatchObject({
      code: "Unauthorized",
      retryable: false,
    });
    await expect(poor.request({ method: "GET", path: CONFIG_MAPS })).rejects.toMatchObject({
      code: "Forbidden",
      message: expect.stringContaining('cannot list resource "configmaps"'),
    });
    expect(await poor.request({ method: "GET", path: "/api/v1/pods" })).toMatchObject({
      kind: "PodList",
    });
    await Promise.all([stranger.close(), poor.close()]);
  });

  it("gives up after its timeout, and when its signal aborts", async () => {
    const watch = { method: "GET", path: CONFIG_MAPS, query: { watch: true } } as const;
    const startedAt = performance.now();
    await expect(client.request({ ...watch, timeoutMs: 200 })).rejects.toMatchObject({
      code: "Timeout",
      retryable: true,
    });
    expect(performance.now() - startedAt).toBeLessThan(3000);
    const reason = new Error("enough");
    const stop = new AbortController();
    setTimeout(() => stop.abort(reason), 100);
    await expect(client.request({ ...watch, signal: stop.signal })).rejects.toBe(reason);
    await expect(client.request({ ...watch, signal: stop.signal })).rejects.toBe(reason);
  });

  it("passes a stream on as it arrives, for longer than the timeout of its headers, until its signal aborts", async () => {
    const stop = new AbortController();
    const stream = await client.stream({
      method: "GET",
      path: CONFIG_MAPS,
      query: { watch: true, resourceVersion: "0", fieldSelector: "metadata.namespace=default" },
      timeoutMs: 300,
      signal: stop.signal,
    });
    expect(stream.status).toBe(200);
    expect(stream.headers["content-type"]).toContain("application/json");
    const lines = stream.body.setEncoding("utf8")[Symbol.asyncIterator]();
    await new Promise((resolve) => {
      setTimeout(resolve, 500);
    });
    const { name: created } = await createConfigMap();
    let text = "";
    while (!text.includes(created)) text += String((await lines.next()).value);
    stop.abort();
    const ending = await drain(lines).then(
      () => "ended",
      (error: unknown) => error,
    );
    expect(ending).toBeInstanceOf(Error);
  });

  it("passes a refused stream on too, so that it can be discarded unread", async () => {
    const stream = await client.stream({ method: "GET", path: "/apis/none/v1/things" });
    expect(stream.status).toBe(404);
    stream.body.destroy();
  });
});
