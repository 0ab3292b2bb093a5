import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { readClusterUid } from "../../../adapters/kubernetes/api/cluster-uid.ts";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { parseChangeBody } from "../../../adapters/sqs/packed-data.ts";
import type { ChangeMessage } from "../../../events/change.ts";
import { toChangeGroupId, toChangeId } from "../../../events/ids.ts";
import { installAccess } from "../../../sandbox/access/install-access.ts";
import type { ControlPlane } from "../../../sandbox/control-plane/control-plane.ts";
import { API_SERVERS, startApiServer } from "../../support/kubernetes/api-server.ts";
import { startQueueServer, type QueueServer } from "../../support/queues/queue-server.ts";
import { createRelayProcess, type RelayUnderTest } from "../../support/relay/relay-process.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

describe.each(API_SERVERS)("on kube-apiserver %s", (version) => {
  const folder = temporaryFolder();
  let controlPlane: ControlPlane;
  let client: KubernetesClient;
  let clusterUid: string;
  let queues: QueueServer;

  beforeAll(async () => {
    controlPlane = await startApiServer(version, join(folder.path, "control-plane"));
    client = await connectKubeConfig({ kubeconfig: controlPlane.kubeconfig });
    clusterUid = await readClusterUid(client);
    queues = await startQueueServer();
  });

  afterAll(async () => {
    await client?.close();
    await queues?.[Symbol.asyncDispose]();
    await controlPlane?.stop();
    folder[Symbol.dispose]();
  });

  /** A new namespace, and a relay that watches its ConfigMaps. */
  async function createWorld(
    namespace: string,
    options: { readonly kubeconfig?: string; readonly watch?: string } = {},
  ): Promise<{
    readonly relay: RelayUnderTest;
    readonly create: (name: string) => Promise<string>;
    readonly change: (name: string, value: string) => Promise<string>;
    readonly remove: (name: string) => Promise<unknown>;
  }> {
    const namespaces = "/api/v1/namespaces";
    await client.request({
      method: "POST",
      path: namespaces,
      body: { metadata: { name: namespace } },
    });
    const path = `${namespaces}/${namespace}/configmaps`;
    const config = join(folder.path, `${namespace}.yaml`);
    const watch = options.watch ?? `{ resource: configmaps, namespaces: [${namespace}] }`;
    writeFileSync(
      config,
      `apiVersion: kubemend.dev/v1alpha1\nkind: Pipeline\ncluster: { name: test }\nwatch: [${watch}]\n`,
    );
    type Stored = { readonly metadata: { readonly resourceVersion: string } };
    return {
      relay: createRelayProcess({
        config,
        stateDir: join(folder.path, `${namespace}-state`),
        environment: {
          KUBECONFIG: options.kubeconfig ?? controlPlane.kubeconfig,
          KUBEMEND_CHANGES_QUEUE_URL: queues.fifoUrl,
          AWS_REGION: "us-east-1",
          AWS_ACCESS_KEY_ID: "test",
          AWS_SECRET_ACCESS_KEY: "test",
        },
      }),
      create: async (name) => {
        const body = { metadata: { name }, data: { value: "1" } };
        return (await client.request<Stored>({ method: "POST", path, body })).metadata
          .resourceVersion;
      },
      change: async (name, value) => {
        const contentType = "application/merge-patch+json";
        const patch = {
          method: "PATCH",
          path: `${path}/${name}`,
          contentType,
          body: { data: { value } },
        } as const;
        return (await client.request<Stored>(patch)).metadata.resourceVersion;
      },
      remove: (name) => client.request({ method: "DELETE", path: `${path}/${name}` }),
    };
  }

  /** Receives the messages since the last call, until there are `count` of them. */
  async function receive(count: number): Promise<readonly ChangeMessage[]> {
    const messages: ChangeMessage[] = [];
    await expect
      .poll(
        async () => {
          for (const { body, groupId } of await queues.drain(queues.fifoUrl)) {
            const parsed = parseChangeBody(body);
            if (parsed.outcome !== "parsed") throw new Error(parsed.reason);
            expect(groupId).toBe(toGroupId(parsed.value));
            messages.push(parsed.value);
          }
          return messages.length;
        },
        { timeout: 20_000, interval: 50 },
      )
      .toBeGreaterThanOrEqual(count);
    expect(messages.map(summarize)).toHaveLength(count);
    return messages;
  }

  const toGroupId = ({ data }: ChangeMessage): string =>
    toChangeGroupId({
      clusterUid,
      resource: data.resource.resource,
      namespace: data.object.metadata.namespace ?? "",
      name: data.object.metadata.name,
    });

  /** `modified a 2`, with the value that the object has. */
  function summarize({ data }: ChangeMessage): string {
    const value = (data.object["data"] as { value?: string } | undefined)?.value ?? "";
    return `${data.change} ${data.object.metadata.name} ${value}${data.gap === true ? "(gap)" : ""}`.trim();
  }

  /** Ids of the states, recomputed from the API server's answers to the writer. */
  const toStateId = (message: ChangeMessage, resourceVersion: string): string =>
    toChangeId({
      clusterUid,
      objectUid: message.data.object.metadata.uid,
      change: message.data.change,
      resourceVersion,
    });

  describe("a relay that is killed", () => {
    it("reports everything that happened meanwhile, in order, and nothing twice", async () => {
      const world = await createWorld("killed");
      await using relay = world.relay;
      const before = await world.create("before");
      await relay.start();
      const versions = [
        await world.create("kept"),
        await world.create("gone"),
        await world.create("again"),
      ];
      const first = await receive(4);
      expect(first.map(summarize)).toEqual([
        "added before 1",
        "added kept 1",
        "added gone 1",
        "added again 1",
      ]);
      expect(first.map(({ data }) => data.initial)).toEqual([[], undefined, undefined, undefined]);
      expect(first.map(({ id }) => id)).toEqual(
        [before, ...versions].map((version, index) =>
          toStateId(first[index] as ChangeMessage, version),
        ),
      );

      await killSettled(relay);
      await world.change("kept", "2");
      const kept = await world.change("kept", "3");
      await world.remove("gone");
      await world.remove("again");
      await world.create("again");
      await world.create("new");
      await relay.start();

      const second = await receive(5);
      expect(second.map(summarize).toSorted()).toEqual([
        "added again 1",
        "added new 1",
        "deleted again 1",
        "deleted gone 1",
        "modified kept 3",
      ]);
      const ofAgain = second.map(summarize).filter((line) => line.includes("again"));
      expect(ofAgain).toEqual(["deleted again 1", "added again 1"]);
      const modified = second.find(({ data }) => data.change === "modified");
      expect(modified?.id).toBe(toStateId(modified as ChangeMessage, kept));
      expect(second.every(({ data }) => data.epoch === 2)).toBe(true);

      await killSettled(relay);
      await relay.start();
      await world.create("last");
      expect((await receive(1)).map(summarize)).toEqual(["added last 1"]);
      expect(await relay.stop()).toBe(0);
    });

    it("finds what happened by comparing snapshots if the API server has compacted its history", async () => {
      const world = await createWorld("forgotten");
      await using relay = world.relay;
      await relay.start();
      for (const name of ["kept", "gone", "same"]) await world.create(name);
      await receive(3);
      await killSettled(relay);
      await world.change("kept", "2");
      await world.remove("gone");
      await world.create("new");
      await controlPlane.compactHistory();
      await controlPlane.restart("kube-apiserver");
      await relay.start();
      const found = await receive(3);
      expect(found.map(summarize).toSorted()).toEqual([
        "added new 1(gap)",
        "deleted gone (gap)",
        "modified kept 2(gap)",
      ]);
      expect(await relay.metrics()).toContain(
        'kubemend_relay_snapshots_total{resource="configmaps",cause="expired"',
      );
    });
  });

  it("is the expected version, and serves WatchList from 1.34 on", async () => {
    const query = {
      watch: true,
      sendInitialEvents: true,
      allowWatchBookmarks: true,
      resourceVersionMatch: "NotOlderThan",
    };
    const stop = new AbortController();
    const path = "/api/v1/namespaces/default/configmaps";
    const answer = await client.stream({ method: "GET", path, query, signal: stop.signal });
    expect([controlPlane.version, answer.status]).toEqual([
      version,
      version === "1.33.13" ? 422 : 200,
    ]);
    stop.abort();
  });

  describe("delivery: every", () => {
    it("reports all states that were written while the relay was down, in order, each once", async () => {
      const watch = "{ resource: configmaps, namespaces: [every], delivery: every }";
      const world = await createWorld("every", { watch });
      await using relay = world.relay;
      await relay.start();
      await world.create("a");
      await receive(1);
      await killSettled(relay);
      for (const value of ["2", "3", "4"]) await world.change("a", value);
      await world.create("brief");
      await world.remove("brief");
      await relay.start();
      const reported = (await receive(5)).map(summarize);
      expect(reported.filter((line) => line.includes(" a "))).toEqual([
        "modified a 2",
        "modified a 3",
        "modified a 4",
      ]);
      expect(reported.filter((line) => line.includes("brief"))).toEqual([
        "added brief 1",
        "deleted brief 1",
      ]);
      expect(await relay.metrics()).not.toMatch(/kubemend_relay_gaps_total\{.*\} [1-9]/);
    });

    it("marks the change and increments a metric if the API server has compacted intermediate states", async () => {
      const watch = "{ resource: configmaps, namespaces: [every-gap], delivery: every }";
      const world = await createWorld("every-gap", { watch });
      await using relay = world.relay;
      await relay.start();
      await world.create("a");
      await receive(1);
      await killSettled(relay);
      for (const value of ["2", "3", "4"]) await world.change("a", value);
      await controlPlane.compactHistory();
      await controlPlane.restart("kube-apiserver");
      await relay.start();
      expect((await receive(1)).map(summarize)).toEqual(["modified a 4(gap)"]);
      expect(await relay.metrics()).toContain('kubemend_relay_gaps_total{resource="configmaps"} 1');
      // Later changes are all seen again.
      for (const value of ["5", "6"]) await world.change("a", value);
      expect((await receive(2)).map(summarize)).toEqual(["modified a 5", "modified a 6"]);
    });
  });

  it("falls back to LIST and WATCH if the server does not serve WatchList, and resumes all the same", async () => {
    await controlPlane.restart("kube-apiserver", ["--feature-gates=WatchList=false"]);
    try {
      const world = await createWorld("old-server");
      await using relay = world.relay;
      await world.create("before");
      await relay.start();
      await world.create("live");
      expect((await receive(2)).map(summarize)).toEqual(["added before 1", "added live 1"]);
      expect(relay.output()).toContain("watchListNotServed");
      await killSettled(relay);
      await world.change("live", "2");
      await relay.start();
      expect((await receive(1)).map(summarize)).toEqual(["modified live 2"]);
    } finally {
      await controlPlane.restart("kube-apiserver");
    }
  });

  it("continues with the resources that it may read, and reports which permission is missing for the rest", async () => {
    const rights = (resource: string) => ({
      apiGroups: [""],
      resources: [resource],
      verbs: ["list", "watch"],
    });
    const identity = {
      apiGroups: [""],
      resources: ["namespaces"],
      resourceNames: ["kube-system"],
      verbs: ["get"],
    };
    const { relay: kubeconfig } = await installAccess({
      client,
      caFile: controlPlane.caFile,
      dir: folder.path,
      permissions: {
        relay: [identity, rights("configmaps")],
        normalize: [],
        remediate: [],
        notify: [],
      },
      crds: [],
    });
    const world = await createWorld("half-forbidden", {
      kubeconfig,
      watch: "{ resource: secrets }, { resource: configmaps, namespaces: [half-forbidden] }",
    });
    await using relay = world.relay;
    const ready = relay.start().catch(() => undefined);
    await expect.poll(() => relay.output(), { timeout: 60_000 }).toContain("snapshot complete");
    await world.create("readable");
    expect((await receive(1)).map(summarize)).toEqual(["added readable 1"]);
    await expect
      .poll(() => relay.output())
      .toMatch(
        /secrets.*answered 403.*resources: \[\\"secrets\\"\], verbs: \[\\"list\\", \\"watch\\"\]/,
      );
    await relay.stop();
    await ready;
  });
});

/** Resolves when the journal contains everything that the queue has accepted: nothing is in flight. */
async function killSettled(relay: RelayUnderTest): Promise<void> {
  await expect
    .poll(() => relay.metrics(), { timeout: 15_000 })
    .toContain("kubemend_relay_buffered_objects 0\n");
  await relay.kill();
}
