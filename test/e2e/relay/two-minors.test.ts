import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { isKubemendError } from "../../../core/errors.ts";
import type { ChangeMessage } from "../../../events/change.ts";
import type { ControlPlane } from "../../../sandbox/control-plane/control-plane.ts";
import type { SecondApiServer } from "../../../sandbox/control-plane/second-api-server.ts";
import { writeKubeconfig } from "../../../sandbox/control-plane/kubeconfig.ts";
import { startAddressSwitch, type AddressSwitch } from "../../support/network/address-switch.ts";
import { findApiServer, startApiServer } from "../../support/kubernetes/api-server.ts";
import { readArrivals } from "../../support/queues/arrivals.ts";
import { startQueueServer, type QueueServer } from "../../support/queues/queue-server.ts";
import { createRelayProcess, type RelayUnderTest } from "../../support/relay/relay-process.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const OBJECTS = 12;

const summarize = ({ data }: ChangeMessage): string => {
  const value = (data.object["data"] as { value?: string } | undefined)?.value ?? "";
  return `${data.change} ${data.object.metadata.name} ${value}`.trim();
};

describe("two minor versions of the API server on one etcd, behind one address", () => {
  const folder = temporaryFolder();
  let older: ControlPlane;
  let newer: SecondApiServer;
  let clients: KubernetesClient[];
  let address: AddressSwitch;
  let queues: QueueServer;
  let relay: RelayUnderTest;
  /** The last value of each object; undefined = deleted. */
  const truth = new Map<string, string | undefined>();

  beforeAll(async () => {
    older = await startApiServer("1.33.13", join(folder.path, "control-plane"));
    newer = await older.startSecondApiServer(await findApiServer("1.36.3"));
    clients = await Promise.all(
      [older.kubeconfig, newer.kubeconfig].map((kubeconfig) => connectKubeConfig({ kubeconfig })),
    );
    address = await startAddressSwitch([olderPort(), newer.port]);
    queues = await startQueueServer();
    const config = join(folder.path, "pipeline.yaml");
    writeFileSync(
      config,
      "apiVersion: kubemend.dev/v1alpha1\nkind: Pipeline\ncluster: { name: test }\n" +
        "watch: [{ resource: configmaps, namespaces: [default] }, { resource: configmaps, namespaces: [default], labelSelector: kept=yes }]\n",
    );
    const kubeconfig = join(folder.path, "switched.kubeconfig");
    writeKubeconfig(kubeconfig, {
      server: `https://127.0.0.1:${address.port}`,
      ca: readFileSync(older.caFile, "utf8"),
      token: older.adminToken,
      user: "admin",
    });
    relay = createRelayProcess({
      config,
      stateDir: join(folder.path, "state"),
      environment: {
        KUBECONFIG: kubeconfig,
        KUBEMEND_CHANGES_QUEUE_URL: queues.fifoUrl,
        KUBEMEND_BACKOFF_MIN_MS: "100",
        KUBEMEND_BACKOFF_MAX_MS: "1000",
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
      },
    });
  });

  afterAll(async () => {
    await relay?.[Symbol.asyncDispose]();
    await address?.[Symbol.asyncDispose]();
    await Promise.all((clients ?? []).map((client) => client.close()));
    await queues?.[Symbol.asyncDispose]();
    await older?.stop();
    folder[Symbol.dispose]();
  });

  const olderPort = (): number => Number(new URL(older.server).port);

  /** Deletes every third object, and creates every second of these again; all others get a new value. */
  async function write(round: number, by: readonly KubernetesClient[]): Promise<void> {
    for (let index = 0; index < OBJECTS; index += 1) {
      const client = by[index % by.length];
      if (client === undefined) throw new Error("there is no writer");
      const name = `o${index}`;
      const value = `${round}-${index}`;
      const path = `${CONFIG_MAPS}/${name}`;
      if (truth.get(name) !== undefined && (index + round) % 3 === 0) {
        await client.request({ method: "DELETE", path });
        truth.set(name, undefined);
        if (index % 2 === 0) continue;
      }
      const data = { value };
      if (truth.get(name) === undefined) {
        const labels = index % 2 === 0 ? { kept: "yes" } : {};
        const body = { metadata: { name, labels }, data };
        await client.request({ method: "POST", path: CONFIG_MAPS, body });
      } else {
        const contentType = "application/merge-patch+json";
        await client.request({ method: "PATCH", path, contentType, body: { data } });
      }
      truth.set(name, value);
    }
  }

  /** Resolves when the last message about each object matches its final state, on each watch. */
  async function untilTrue(messages: ReturnType<typeof readArrivals>): Promise<void> {
    await messages.until((all) => {
      for (const [name, value] of truth) {
        const selected = Number(name.slice(1)) % 2 === 0;
        const said = all.filter(({ data }) => data.object.metadata.name === name);
        const watches = new Set(said.map(({ data }) => data.watch));
        if (watches.size !== (selected ? 2 : 1)) return false;
        for (const watch of watches) {
          const last = said.findLast(({ data }) => data.watch === watch);
          if (last === undefined) return false;
          const isTrue =
            value === undefined
              ? last.data.change === "deleted"
              : last.data.change !== "deleted" && summarize(last).endsWith(` ${value}`);
          if (!isTrue) return false;
        }
      }
      return true;
    });
  }

  it("lose nothing while each new connection reaches the other one, nor while one replaces the other", async () => {
    expect([older.version, newer.version]).toEqual(["1.33.13", "1.36.3"]);
    const messages = readArrivals(queues, summarize);
    await relay.start();
    for (let round = 1; round <= 8; round += 1) {
      await write(round, clients);
      address.cut();
    }
    await untilTrue(messages);
    expect(relay.output()).toContain("watchListNotServed");

    // A rolling upgrade: the old one alone, both, the new one alone; the old one is stopped.
    const [byOlder = [], byNewer = []] = clients.map((client) => [client]);
    address.leadTo([olderPort()]);
    address.cut();
    await write(9, byOlder);
    address.leadTo([olderPort(), newer.port]);
    await write(10, clients);
    address.leadTo([newer.port]);
    await older.stopProcess("kube-apiserver");
    await write(11, byNewer);
    await relay.kill();
    await write(12, byNewer);
    await relay.start();
    await write(13, byNewer);
    await untilTrue(messages);

    // Only the writer deletes objects: each deletion must be one of its own.
    expect(await relay.metrics()).not.toMatch(/cause="rollback"/);
    for (const { data } of messages.all.filter(({ data }) => data.change === "deleted")) {
      const { name, uid } = data.object.metadata;
      const alive = await byNewer[0]
        ?.request<{ metadata: { uid: string } }>({ method: "GET", path: `${CONFIG_MAPS}/${name}` })
        .catch((error: unknown) => {
          if (!isKubemendError(error, "NotFound")) throw error;
        });
      expect(alive?.metadata.uid).not.toBe(uid);
    }
    expect(await relay.stop()).toBe(0);
  });
});
