import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../adapters/kubernetes/client.ts";
import { connectKubeConfig } from "../../adapters/kubernetes/kubeconfig-connection.ts";
import type { ChangeMessage } from "../../events/change.ts";
import type { ControlPlane } from "../../sandbox/control-plane/control-plane.ts";
import { startApiServer } from "../support/api-server.ts";
import { readArrivals } from "../support/arrivals.ts";
import { startQueueServer, type QueueServer } from "../support/queue-server.ts";
import { createRelayProcess } from "../support/relay-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const NAMESPACES = "/api/v1/namespaces";
const FILLER = "/api/v1/namespaces/default/configmaps";

const tell = ({ data }: ChangeMessage): string => {
  const value = (data.object["data"] as { value?: string } | undefined)?.value ?? "";
  return `${data.change} ${data.object.metadata.name} ${value}${data.gap === true ? "(gap)" : ""}`;
};

describe("an etcd that is put back from a copy while the relay is away", () => {
  const folder = temporaryFolder();
  const dataDir = join(folder.path, "control-plane");
  let controlPlane: ControlPlane;
  let client: KubernetesClient;
  let queues: QueueServer;

  beforeAll(async () => {
    controlPlane = await startApiServer("1.36.3", dataDir);
    client = await connectKubeConfig({ kubeconfig: controlPlane.kubeconfig });
    queues = await startQueueServer();
  });

  afterAll(async () => {
    await client?.close();
    await queues?.[Symbol.asyncDispose]();
    await controlPlane?.stop();
    folder[Symbol.dispose]();
  });

  const write = (method: "POST" | "PUT", path: string, name: string, value: string) =>
    client.request({ method, path, body: { metadata: { name }, data: { value } } });

  async function fill(name: string, writes: number): Promise<void> {
    await write("POST", FILLER, name, "");
    for (let count = 0; count < writes; count += 1) {
      await write("PUT", `${FILLER}/${name}`, name, `${count}`);
    }
  }

  async function putBack(copy: string): Promise<void> {
    await controlPlane.stopProcess("kube-apiserver", 0);
    await controlPlane.stopProcess("etcd", 0);
    const etcd = join(dataDir, "etcd");
    rmSync(etcd, { recursive: true, force: true });
    cpSync(copy, etcd, { recursive: true });
    await controlPlane.startProcess("etcd");
    await controlPlane.startProcess("kube-apiserver");
  }

  it.each([
    ["below the checkpoint", { before: 300, after: 0 }],
    ["above the checkpoint", { before: 0, after: 300 }],
  ])("is noticed where the cluster is %s: what was undone is told", async (where, filler) => {
    const namespace = where.replaceAll(" ", "-");
    const path = `${NAMESPACES}/${namespace}/configmaps`;
    await client.request({
      method: "POST",
      path: NAMESPACES,
      body: { metadata: { name: namespace } },
    });
    const config = join(folder.path, `${namespace}.yaml`);
    writeFileSync(
      config,
      `apiVersion: kubemend.dev/v1alpha1\nkind: Pipeline\ncluster: { name: test }\nwatch: [{ resource: configmaps, namespaces: [${namespace}] }]\n`,
    );
    await using relay = createRelayProcess({
      config,
      stateDir: join(folder.path, `${namespace}-state`),
      environment: {
        KUBECONFIG: controlPlane.kubeconfig,
        KUBEMEND_CHANGES_QUEUE_URL: queues.fifoUrl,
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
      },
    });
    const arrivals = readArrivals(queues, tell);
    const has = (...lines: readonly string[]): Promise<void> =>
      arrivals.until((all) => lines.every((line) => all.map(tell).includes(line)));

    for (const name of ["changed", "removed", "kept"]) await write("POST", path, name, "1");
    const copy = join(folder.path, `${namespace}-copy`);
    await controlPlane.stopProcess("etcd");
    cpSync(join(dataDir, "etcd"), copy, { recursive: true });
    await controlPlane.startProcess("etcd");
    await controlPlane.restart("kube-apiserver");
    await relay.start();
    await has("added changed 1", "added removed 1", "added kept 1");
    await fill(`${namespace}-before`, filler.before);
    await write("PUT", `${path}/changed`, "changed", "2");
    await client.request({ method: "DELETE", path: `${path}/removed` });
    await write("POST", path, "never", "1");
    await has("modified changed 2", "deleted removed 1", "added never 1");
    await relay.kill();

    await putBack(copy);
    if (filler.after > 0) {
      // What --bump-revision --mark-compacted do: the numbers go on above all that was seen, and no older position is good.
      await fill(`${namespace}-after`, filler.after);
      await controlPlane.compactHistory();
      await controlPlane.restart("kube-apiserver");
    }
    await relay.start();
    await has("modified changed 1(gap)", "added removed 1(gap)", "deleted never (gap)");
    expect(await relay.stop()).toBe(0);
  });
});
