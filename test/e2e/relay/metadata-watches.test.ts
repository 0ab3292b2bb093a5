import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openJournal } from "../../../adapters/journal/open-journal.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { readClusterUid } from "../../../adapters/kubernetes/api/cluster-uid.ts";
import { createDiscovery } from "../../../adapters/kubernetes/api/discovery.ts";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { ChangeMessage } from "../../../events/change.ts";
import { planRelay, type PlannedWatch } from "../../../relay/plan/planned-watch.ts";
import type { Report } from "../../../relay/observe/report.ts";
import type { ControlPlane } from "../../../sandbox/control-plane/control-plane.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { startApiServer } from "../../support/kubernetes/api-server.ts";
import { runRelayUntil, SILENT, summarizeMessage } from "../../support/relay/followed-watch.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const FLEETS = "/apis/example.com/v1/namespaces/default/fleets";
const FLEETS_CRD = {
  metadata: { name: "fleets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "fleets", singular: "fleet", kind: "Fleet", listKind: "FleetList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        },
      },
    ],
  },
};
const OWNERS = [
  {
    apiVersion: "v1",
    kind: "ConfigMap",
    name: "owner",
    uid: "11111111-1111-4111-8111-111111111111",
    controller: true,
    blockOwnerDeletion: true,
  },
  { apiVersion: "v1", kind: "Node", name: "n", uid: "22222222-2222-4222-8222-222222222222" },
];
const METADATA = {
  labels: { team: "data", empty: "" },
  annotations: { note: "ü€😀 \u0001", "example.com/long": "x".repeat(70_000) },
  ownerReferences: OWNERS,
  finalizers: ["example.com/first", "example.com/second"],
};

/** f, c, one with a generated name, and dying. */
const OBJECTS = 4;

describe("watches of metadata, on a real API server", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let controlPlane: ControlPlane;
  let client: KubernetesClient;
  let clusterUid: string;
  let states = 0;

  beforeAll(async () => {
    folder = temporaryFolder();
    controlPlane = await startApiServer("1.36.3", join(folder.path, "control-plane"));
    client = await connectKubeConfig({ kubeconfig: controlPlane.kubeconfig });
    clusterUid = await readClusterUid(client);
    await client.request({
      method: "POST",
      path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      body: FLEETS_CRD,
    });
    // The new resource is served only a moment later.
    while (!(await create(FLEETS, "f", METADATA).then(() => true, isAbsent))) await sleep(100);
    await create(CONFIG_MAPS, "c", METADATA);
    const generated = { generateName: "generated-", labels: {} };
    await client.request({
      method: "POST",
      path: CONFIG_MAPS,
      body: { metadata: generated, data: { a: "b" } },
    });
    await create(CONFIG_MAPS, "dying", METADATA);
    await client.request({ method: "DELETE", path: `${CONFIG_MAPS}/dying` });
  });

  afterAll(async () => {
    await client?.close();
    await controlPlane?.stop();
    folder?.[Symbol.dispose]();
  });

  const create = (path: string, name: string, metadata: object): Promise<unknown> => {
    const own =
      path === FLEETS
        ? { apiVersion: "example.com/v1", kind: "Fleet", spec: { size: 1 } }
        : { data: { secret: "body" } };
    return client.request({
      method: "POST",
      path,
      body: { ...own, metadata: { ...metadata, name } },
    });
  };
  const annotate = (path: string, name: string, note: string): Promise<unknown> =>
    client.request({
      method: "PATCH",
      path: `${path}/${name}`,
      contentType: "application/merge-patch+json",
      body: { metadata: { annotations: { note } } },
    });
  const plan = async (payload: "full" | "metadata"): Promise<readonly PlannedWatch[]> => {
    const watch = ["configmaps", "fleets.example.com"].map((resource) => ({
      resource,
      namespaces: ["default"],
      payload,
    }));
    const parsed = parsePipeline({
      apiVersion: "kubemend.dev/v1alpha1",
      kind: "Pipeline",
      cluster: { name: "test" },
      watch,
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    const catalog = await createDiscovery({ client, now: () => performance.now() }).catalog(
      new AbortController().signal,
    );
    return planRelay(parsed.value, catalog, clusterUid);
  };
  const run = (
    watches: readonly PlannedWatch[],
    enough: (messages: readonly ChangeMessage[]) => boolean,
    stateDir = `state-${(states += 1)}`,
  ) => {
    const asked = countRequests(client);
    const journal = openJournal({ stateDir: join(folder.path, stateDir), clusterUid });
    const causes: string[] = [];
    const step: Report["step"] = (_watch, one) => {
      if (one.type === "interrupted") causes.push(one.reaction.cause);
    };
    const deps = { report: { ...SILENT, step } };
    return runRelayUntil({ client: asked.client, journal, watches, enough, deps })
      .finally(() => journal.close())
      .then((messages) => ({ messages, causes, types: asked.types }));
  };

  it("report the same metadata as watches of whole objects, over protobuf, custom resources too", async () => {
    const full = await run(await plan("full"), (all) => all.length === OBJECTS);
    const metadata = await run(await plan("metadata"), (all) => all.length === OBJECTS);
    expect(full.types).toEqual(new Set(["application/json"]));
    expect(metadata.types).toEqual(new Set(["application/vnd.kubernetes.protobuf;stream=watch"]));
    const expected = full.messages.map(toHeader).toSorted(byId);
    expect(
      metadata.messages
        .map(({ id, data }) => ({ id, writer: data.writer, object: data.object }))
        .toSorted(byId),
    ).toEqual(expected);
    const dying = expected.find(({ object }) => object.metadata.name === "dying")?.object.metadata;
    expect(dying).toMatchObject({ deletionGracePeriodSeconds: 0, ownerReferences: OWNERS });
    expect(expected.map(({ object }) => object.kind).toSorted()).toEqual(
      expect.arrayContaining(["ConfigMap", "Fleet"]),
    );
  });

  it("continue from a watch of whole objects and back: nothing is reported twice, nothing is lost", async () => {
    await run(await plan("full"), (all) => all.length === OBJECTS, "changing");
    await annotate(CONFIG_MAPS, "c", "one");
    const second = await run(await plan("metadata"), (all) => all.length === 1, "changing");
    expect(second.messages.map((message) => message.data.object.metadata.name)).toEqual(["c"]);
    expect(second.messages[0]?.data).toMatchObject({
      change: "modified",
      gap: true,
      payload: "metadata",
    });
    await annotate(FLEETS, "f", "two");
    const third = await run(await plan("full"), (all) => all.length === 1, "changing");
    expect(third.messages.map(summarizeMessage)).toEqual([expect.stringMatching(/^modified f@/)]);
    expect(third.messages[0]?.data.object).toMatchObject({ spec: { size: 1 } });
  });

  it("recover after the history that they need is compacted", async () => {
    await run(await plan("metadata"), (all) => all.length === OBJECTS, "expired");
    await annotate(CONFIG_MAPS, "c", "three");
    await controlPlane.compactHistory();
    await controlPlane.restart("kube-apiserver");
    const { messages, causes } = await run(
      await plan("metadata"),
      (all) => all.length === 1,
      "expired",
    );
    expect(causes).toContain("expired");
    expect(messages.map(summarizeMessage)).toEqual([expect.stringMatching(/^modified c@/)]);
  });

  it("take snapshots with LIST in pages if the server has no WatchList", async () => {
    await controlPlane.restart("kube-apiserver", ["--feature-gates=WatchList=false"]);
    const { messages, types } = await run(await plan("metadata"), (all) => all.length === OBJECTS);
    expect(messages.every(({ data }) => data.payload === "metadata")).toBe(true);
    expect(types).toContain("application/vnd.kubernetes.protobuf");
  });
});

/** False for 404; any other error is thrown. */
function isAbsent(error: unknown): false {
  if (isKubemendError(error, "NotFound")) return false;
  throw error;
}

function toHeader({ id, data }: ChangeMessage) {
  const { apiVersion, kind, metadata } = data.object;
  return { id, writer: data.writer, object: { apiVersion, kind, metadata } };
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}

/** Content types of the server's successful answers. */
function countRequests(client: KubernetesClient): {
  readonly client: KubernetesClient;
  readonly types: Set<string>;
} {
  const types = new Set<string>();
  return {
    types,
    client: {
      ...client,
      stream: async (request) => {
        const answer = await client.stream(request);
        if (answer.status === 200) types.add(answer.headers["content-type"] ?? "");
        return answer;
      },
    },
  };
}
