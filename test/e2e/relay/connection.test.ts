import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { installAccess } from "../../../sandbox/access/install-access.ts";
import type { ControlPlane } from "../../../sandbox/control-plane/control-plane.ts";
import { startApiServer } from "../../support/kubernetes/api-server.ts";
import { readArrivals } from "../../support/queues/arrivals.ts";
import { startFaultProxy } from "../../support/network/fault-proxy.ts";
import { startQueueServer, type QueueServer } from "../../support/queues/queue-server.ts";
import { summarize } from "../../support/relay/relay-pair.ts";
import { createRelayProcess, type RelayUnderTest } from "../../support/relay/relay-process.ts";
import { startSocksProxy } from "../../support/network/socks-proxy.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const UNAUTHORIZED = /watch_interruptions_total\{[^}]*cause="unauthorized"[^}]*\} [1-9]/;

type World = {
  readonly relay: RelayUnderTest;
  readonly write: (method: "POST" | "PUT", name: string, value: string) => Promise<unknown>;
  readonly remove: (name: string) => Promise<unknown>;
};

describe("the relay's connection to a real API server", () => {
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

  /** A kubeconfig with other settings for cluster and user. */
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

  /** A new namespace, and a relay that watches its ConfigMaps. */
  async function createWorld(namespace: string, kubeconfig: string): Promise<World> {
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
    /** Only the proxy can reach this server. */
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
      const arrivals = readArrivals(queues, summarize);
      const has = (line: string): Promise<void> =>
        arrivals.until((all) => all.map(summarize).includes(line));
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

  describe("a token of a ServiceAccount that is no longer valid", () => {
    const SECRETS = "/api/v1/namespaces/kubemend/secrets";

    beforeAll(async () => {
      const list = { apiGroups: [""], resources: ["configmaps"], verbs: ["list", "watch"] };
      const cluster = {
        apiGroups: [""],
        resources: ["namespaces"],
        resourceNames: ["kube-system"],
        verbs: ["get"],
      };
      await installAccess({
        client,
        caFile: controlPlane.caFile,
        dir: join(folder.path, "access"),
        permissions: { relay: [list, cluster] },
        crds: [],
      });
    });

    /** A token that is valid as long as this Secret exists. */
    async function requestToken(secret: string): Promise<string> {
      const body = { metadata: { name: secret } };
      await client.request({ method: "POST", path: SECRETS, body });
      const { status } = await client.request<{ status: { token: string } }>({
        method: "POST",
        path: "/api/v1/namespaces/kubemend/serviceaccounts/kubemend-relay/token",
        body: {
          spec: {
            expirationSeconds: 600,
            boundObjectRef: { apiVersion: "v1", kind: "Secret", name: secret },
          },
        },
      });
      return status.token;
    }

    /** The API server caches a successful authentication for 10 s. */
    async function isRefused(token: string): Promise<boolean> {
      const path = "/apis/authentication.k8s.io/v1/tokenreviews";
      const request = { method: "POST", path, body: { spec: { token } } } as const;
      const { status } = await client.request<{ status: { authenticated?: boolean } }>(request);
      return status.authenticated !== true;
    }

    it("is read again, from a file or a plugin, and nothing is lost meanwhile", async () => {
      await using network = await startFaultProxy(Number(new URL(controlPlane.server).port));
      const server = `https://127.0.0.1:${network.port}`;
      const tokenFile = join(folder.path, "token");
      const first = await requestToken("first");
      writeFileSync(tokenFile, first);
      const users = { file: { tokenFile }, plugin: { exec: writePlugin(tokenFile) } };
      const worlds = await Promise.all(
        Object.entries(users).map(([name, user]) =>
          createWorld(`token-of-${name}`, writeKubeconfig(name, { server }, user)),
        ),
      );
      const inEach = (work: (world: World) => Promise<unknown>): Promise<unknown> =>
        Promise.all(worlds.map(work));
      await using _first = worlds[0]?.relay;
      await using _second = worlds[1]?.relay;
      const arrivals = readArrivals(queues, summarize);
      const bothHave = (line: string): Promise<void> =>
        arrivals.until((all) => all.map(summarize).filter((one) => one === line).length === 2);

      await inEach(async ({ relay, write }) => {
        for (const name of ["kept", "gone"]) await write("POST", name, "1");
        await relay.start();
      });
      await client.request({ method: "DELETE", path: `${SECRETS}/first` });
      await expect.poll(() => isRefused(first), { timeout: 15_000, interval: 100 }).toBe(true);
      // An open watch stays open.
      await inEach(({ write }) => write("PUT", "kept", "2"));
      await bothHave("modified kept 2");

      network.cut();
      await inEach(async ({ relay, write, remove }) => {
        await expect.poll(() => relay.metrics(), { timeout: 10_000 }).toMatch(UNAUTHORIZED);
        await write("PUT", "kept", "3");
        await remove("gone");
        await write("POST", "meanwhile", "1");
      });
      writeFileSync(tokenFile, await requestToken("second"));
      await bothHave("added meanwhile 1");
      await inEach(({ write }) => write("PUT", "meanwhile", "2"));
      await bothHave("modified meanwhile 2");
      for (const name of ["token-of-file", "token-of-plugin"]) {
        const ofWorld = arrivals.all.filter(({ data }) => data.object.metadata.namespace === name);
        expect(ofWorld.map(summarize).toSorted()).toEqual([
          "added gone 1",
          "added kept 1",
          "added meanwhile 1",
          "deleted gone 1",
          "modified kept 2",
          "modified kept 3",
          "modified meanwhile 2",
        ]);
      }
      await inEach(async ({ relay }) => expect(await relay.stop()).toBe(0));
    });

    /** A plugin that prints the token that is currently in the file, without an expiry. */
    function writePlugin(tokenFile: string): object {
      const command = `${tokenFile}.sh`;
      const apiVersion = "client.authentication.k8s.io/v1";
      const status = `{"token":"$(cat '${tokenFile}')","expirationTimestamp":"2999-01-01T00:00:00Z"}`;
      const credential = `{"apiVersion":"${apiVersion}","kind":"ExecCredential","status":${status}}`;
      writeFileSync(command, `#!/bin/sh\ncat <<END\n${credential}\nEND\n`, { mode: 0o755 });
      return { apiVersion, command, interactiveMode: "Never" };
    }
  });
});
