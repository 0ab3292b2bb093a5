import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import type { ChangeMessage } from "../../../events/change.ts";
import type { ControlPlane } from "../../../sandbox/control-plane/control-plane.ts";
import { startApiServer } from "../../support/kubernetes/api-server.ts";
import { readArrivals } from "../../support/queues/arrivals.ts";
import { startQueueServer, type QueueServer } from "../../support/queues/queue-server.ts";
import { createRelayProcess, type RelayUnderTest } from "../../support/relay/relay-process.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const NAMESPACES = "/api/v1/namespaces";
const FILLER = "/api/v1/namespaces/default/configmaps";

type Stored = { readonly metadata: { readonly resourceVersion: string } };

const summarize = ({ data }: ChangeMessage): string => {
  const value = (data.object["data"] as { value?: string } | undefined)?.value ?? "";
  return `${data.change} ${data.object.metadata.name} ${value}${data.gap === true ? "(gap)" : ""}`;
};

describe("an etcd that is restored from a backup while the relay is down", () => {
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
    client.request<Stored>({ method, path, body: { metadata: { name }, data: { value } } });

  async function fill(name: string, writes: number): Promise<void> {
    await write("POST", FILLER, name, "");
    for (let count = 0; count < writes; count += 1) {
      await write("PUT", `${FILLER}/${name}`, name, `${count}`);
    }
  }

  /** A relay of ConfigMaps in this namespace; default: the only relay. */
  function createRelay(namespace: string, lease?: string): RelayUnderTest {
    const config = join(folder.path, `${namespace}.yaml`);
    writeFileSync(
      config,
      `apiVersion: kubemend.dev/v1alpha1\nkind: Pipeline\ncluster: { name: test }\nwatch: [{ resource: configmaps, namespaces: [${namespace}] }]\n`,
    );
    return createRelayProcess({
      config,
      lease,
      stateDir: join(folder.path, `${namespace}-state`),
      environment: {
        KUBECONFIG: controlPlane.kubeconfig,
        KUBEMEND_CHANGES_QUEUE_URL: queues.fifoUrl,
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
      },
    });
  }

  /** Resolves when the relay has renewed its Lease after everything that happened so far. */
  async function renewed(namespace: string): Promise<void> {
    const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/relay`;
    const version = async (): Promise<string> =>
      (await client.request<Stored>({ method: "GET", path })).metadata.resourceVersion;
    const before = await version();
    await expect.poll(version, { timeout: 10_000 }).not.toBe(before);
  }

  /** Makes a backup like a snapshot of etcd's volume. */
  async function backUpEtcd(copy: string): Promise<void> {
    const { etcd } = controlPlane.running();
    if (etcd === undefined) throw new Error("etcd is not running");
    process.kill(etcd, "SIGSTOP");
    try {
      cpSync(join(dataDir, "etcd"), copy, { recursive: true });
    } finally {
      process.kill(etcd, "SIGCONT");
    }
  }

  async function restore(copy: string): Promise<void> {
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
  ])(
    "is noticed if the cluster is %s: the changes that were rolled back are reported",
    async (where, filler) => {
      const namespace = where.replaceAll(" ", "-");
      const path = `${NAMESPACES}/${namespace}/configmaps`;
      await client.request({
        method: "POST",
        path: NAMESPACES,
        body: { metadata: { name: namespace } },
      });
      await using relay = createRelay(namespace);
      const arrivals = readArrivals(queues, summarize);
      const has = (...lines: readonly string[]): Promise<void> =>
        arrivals.until((all) => lines.every((line) => all.map(summarize).includes(line)));

      for (const name of ["changed", "removed", "kept"]) await write("POST", path, name, "1");
      const copy = join(folder.path, `${namespace}-copy`);
      await backUpEtcd(copy);
      await relay.start();
      await has("added changed 1", "added removed 1", "added kept 1");
      await fill(`${namespace}-before`, filler.before);
      await write("PUT", `${path}/changed`, "changed", "2");
      await client.request({ method: "DELETE", path: `${path}/removed` });
      await write("POST", path, "never", "1");
      await has("modified changed 2", "deleted removed 1", "added never 1");
      await relay.kill();

      await restore(copy);
      if (filler.after > 0) {
        // As --bump-revision --mark-compacted do: revisions continue above all seen ones, and no older position is valid.
        await fill(`${namespace}-after`, filler.after);
        await controlPlane.compactHistory();
        await controlPlane.restart("kube-apiserver");
      }
      await relay.start();
      await has("modified changed 1(gap)", "added removed 1(gap)", "deleted never (gap)");
      expect(await relay.stop()).toBe(0);
    },
  );

  // Its revisions pass the checkpoint, and nothing is compacted: a watch from an old position seems to continue normally.
  it.each([
    ["the backup has no Lease", "beforeTheLease"],
    ["the Lease is from the relay's previous start", "beforeAStart"],
    ["the Lease is from the relay's latest start", "afterTheStart"],
  ] as const)(
    "is noticed by the Lease if its revisions have passed the checkpoint and %s",
    async (_, copied) => {
      const namespace = `numbers-${copied.toLowerCase()}`;
      const path = `${NAMESPACES}/${namespace}/configmaps`;
      const body = { metadata: { name: namespace } };
      await client.request({ method: "POST", path: NAMESPACES, body });
      await using relay = createRelay(namespace, `${namespace}/relay`);
      const arrivals = readArrivals(queues, summarize);
      const has = (...lines: readonly string[]): Promise<void> =>
        arrivals.until((all) => lines.every((line) => all.map(summarize).includes(line)));
      for (const name of ["changed", "removed", "kept"]) await write("POST", path, name, "1");
      const copy = join(folder.path, `${namespace}-copy`);
      if (copied === "beforeTheLease") await backUpEtcd(copy);
      await relay.start();
      await has("added changed 1", "added removed 1", "added kept 1");
      if (copied !== "beforeTheLease") await backUpEtcd(copy);
      if (copied === "beforeAStart") {
        await relay.kill();
        await relay.start();
      }
      await renewed(namespace);
      await write("PUT", `${path}/changed`, "changed", "2");
      await client.request({ method: "DELETE", path: `${path}/removed` });
      // The restored etcd must begin below the last of these, however few revisions the relay itself has caused since the backup.
      await fill(`${namespace}-before`, 10);
      const last = await write("POST", path, "never", "1");
      await has("modified changed 2", "deleted removed 1", "added never 1");
      const epoch = copied === "beforeAStart" ? 2 : 1;
      expect(arrivals.all.at(-1)?.data.epoch).toBe(epoch);
      await relay.kill();

      await restore(copy);
      const filler = `${namespace}-after`;
      const versionOf = ({ metadata }: Stored): number => Number(metadata.resourceVersion);
      let current = versionOf(await write("POST", FILLER, filler, ""));
      expect(current).toBeLessThan(versionOf(last));
      for (let count = 0; current <= versionOf(last); count += 1) {
        current = versionOf(await write("PUT", `${FILLER}/${filler}`, filler, `${count}`));
      }
      const before = arrivals.all.length;
      await relay.start();
      await has("modified changed 1(gap)", "added removed 1(gap)", "deleted never (gap)");
      await write("POST", path, "after", "1");
      await has("added after 1");
      const after = arrivals.all.slice(before);
      // Unchanged objects are reported too: nothing from a history that no longer exists is trusted.
      expect(after.map(summarize).toSorted()).toEqual([
        "added after 1",
        "added removed 1(gap)",
        "deleted never (gap)",
        "modified changed 1(gap)",
        "modified kept 1(gap)",
      ]);
      expect(Math.min(...after.map(({ data }) => data.epoch))).toBeGreaterThan(epoch);
      expect(await relay.stop()).toBe(0);
    },
  );
});
