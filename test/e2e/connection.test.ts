import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../adapters/kubernetes/client.ts";
import { connectKubeConfig } from "../../adapters/kubernetes/kubeconfig-connection.ts";
import type { ChangeMessage } from "../../events/change.ts";
import type { ControlPlane } from "../../sandbox/control-plane/control-plane.ts";
import { startApiServer } from "../support/api-server.ts";
import { readArrivals } from "../support/arrivals.ts";
import { startQueueServer, type QueueServer } from "../support/queue-server.ts";
import { createRelayProcess, type RelayUnderTest } from "../support/relay-process.ts";
import { startSocksProxy } from "../support/socks-proxy.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const tell = ({ data }: ChangeMessage): string => {
  const value = (data.object["data"] as { value?: string } | undefined)?.value ?? "";
  const words = [data.change, data.object.metadata.name, value, data.gap === true ? "(gap)" : ""];
  return words.filter(Boolean).join(" ");
};

describe("the relay's way to a real API server", () => {
  const folder = temporaryFolder();
  let controlPlane: ControlPlane;
  let client: KubernetesClient;
  let queues: QueueServer;

  beforeAll(async () => {
    controlPlane = await startApiServer("1.36.3", join(folder.path, "control-plane"));
    client = await connectKubeConfig({ kubeconfig: controlPlane.kubeconfig });
    queues = await startQueueServer();
  });

  afterAll(async () => {
    await client?.close();
    await queues?.[Symbol.asyncDispose]();
    await controlPlane?.stop();
    folder[Symbol.dispose]();
  });

  /** A kubeconfig with other words about cluster and user. */
  function writeKubeconfig(name: string, cluster: object, user?: object): string {
    const document = JSON.parse(readFileSync(controlPlane.kubeconfig, "utf8")) as {
      clusters: { cluster: object }[];
      users: { user: object }[];
    };
    for (const entry of document.clusters) entry.cluster = { ...entry.cluster, ...cluster };
    if (user !== undefined) for (const entry of document.users) entry.user = user;
    const path = join(folder.path, `${name}.kubeconfig`);
    writeFileSync(path, JSON.stringify(document));
    return path;
  }

  /** A namespace of its own, and a relay that watches its ConfigMaps. */
  async function createWorld(
    namespace: string,
    kubeconfig: string,
  ): Promise<{
    readonly relay: RelayUnderTest;
    readonly write: (method: "POST" | "PUT", name: string, value: string) => Promise<unknown>;
    readonly remove: (name: string) => Promise<unknown>;
  }> {
    const namespaces = "/api/v1/namespaces";
    const body = { metadata: { name: namespace } };
    await client.request({ method: "POST", path: namespaces, body });
    const config = join(folder.path, `${namespace}.yaml`);
    writeFileSync(
      config,
      `apiVersion: kubemend.dev/v1alpha1\nkind: Pipeline\ncluster: { name: test }\nwatch: [{ resource: configmaps, namespaces: [${namespace}] }]\n`,
    );
    const path = `${namespaces}/${namespace}/configmaps`;
    return {
      relay: createRelayProcess({
        config,
        stateDir: join(folder.path, `${namespace}-state`),
        environment: {
          KUBECONFIG: kubeconfig,
          KUBEMEND_CHANGES_QUEUE_URL: queues.fifoUrl,
          KUBEMEND_BACKOFF_MIN_MS: "50",
          KUBEMEND_BACKOFF_MAX_MS: "400",
          AWS_REGION: "us-east-1",
          AWS_ACCESS_KEY_ID: "test",
          AWS_SECRET_ACCESS_KEY: "test",
        },
      }),
      write: (method, name, value) =>
        client.request({
          method,
          path: method === "POST" ? path : `${path}/${name}`,
          body: { metadata: { name }, data: { value } },
        }),
      remove: (name) => client.request({ method: "DELETE", path: `${path}/${name}` }),
    };
  }

  describe("a SOCKS proxy", () => {
    /** Nobody but the proxy finds this server. */
    const throughProxy = (name: string, proxyUrl: string): string =>
      writeKubeconfig(name, {
        server: `https://kubernetes.invalid:${new URL(controlPlane.server).port}`,
        "tls-server-name": "kubernetes.default.svc",
        "proxy-url": proxyUrl,
      });

    it("carries the requests and the streamed watch", async () => {
      await using proxy = await startSocksProxy({ user: "relay:secret" });
      const world = await createWorld(
        "socks",
        throughProxy("socks", `socks5://relay:secret@127.0.0.1:${proxy.port}`),
      );
      await using relay = world.relay;
      const arrivals = readArrivals(queues, tell);
      const has = (line: string): Promise<void> =>
        arrivals.until((all) => all.map(tell).includes(line));
      await world.write("POST", "before", "1");
      await relay.start();
      await has("added before 1");
      const relayedBefore = proxy.relayed();
      const value = "x".repeat(100_000);
      await world.write("POST", "streamed", value);
      await has(`added streamed ${value}`);
      expect(proxy.relayed() - relayedBefore).toBeGreaterThan(value.length);
      expect(new Set(proxy.tunnels)).toEqual(
        new Set([`relay:secret@kubernetes.invalid:${new URL(controlPlane.server).port}`]),
      );
      expect(await relay.stop()).toBe(0);
    });

    it("that refuses the password is named in the log, without it", async () => {
      await using proxy = await startSocksProxy({ user: "relay:secret" });
      const world = await createWorld(
        "refused",
        throughProxy("refused", `socks5h://relay:wr0ng@127.0.0.1:${proxy.port}`),
      );
      await using relay = world.relay;
      await relay.spawn();
      await expect
        .poll(() => relay.output(), { timeout: 20_000 })
        .toContain(
          `through the proxy socks5h://127.0.0.1:${proxy.port} (Socks5 Authentication failed)`,
        );
      expect(relay.output()).not.toContain("wr0ng");
    });
  });
});
