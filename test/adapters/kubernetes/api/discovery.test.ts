import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../../adapters/kubernetes/http/client.ts";
import { createDiscovery } from "../../../../adapters/kubernetes/api/discovery.ts";
import {
  parseDiscovery,
  parseResourceList,
} from "../../../../adapters/kubernetes/api/discovery-documents.ts";
import { KubemendError } from "../../../../core/errors.ts";
import type { Catalog } from "../../../../core/references/catalog.ts";

const MINUTE_MS = 60_000;

/** A server that answers by path from the current `documents`; a path without a document is not available. */
function createServer(documents: Record<string, unknown>, options: { aggregated?: boolean } = {}) {
  const asked: string[] = [];
  const client: KubernetesClient = {
    server: "https://test",
    request: async <T>({ path, accept }: KubernetesRequest): Promise<T> => {
      asked.push(path);
      if (options.aggregated === false && accept !== undefined) {
        throw new KubemendError("NotAcceptable", "406", { retryable: false });
      }
      if (!Object.hasOwn(documents, path)) {
        throw new KubemendError("Unavailable", `${path} is away`, { retryable: true });
      }
      return structuredClone(documents[path]) as T;
    },
    stream: () => Promise.reject(new Error("discovery opens no stream")),
    close: async () => {},
  };
  return { client, asked };
}

function toResource(resource: string, kind: string, scope = "Namespaced") {
  return {
    resource,
    responseKind: { group: "", version: "", kind },
    scope,
    verbs: ["get"],
    subresources: [{ subresource: "status", responseKind: { kind } }],
  };
}

function toGroup(name: string, ...versions: readonly Record<string, unknown>[]) {
  return { metadata: { name, creationTimestamp: null }, versions };
}

function toAggregated(...items: readonly unknown[]) {
  return { kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", items };
}

const core = toAggregated(
  toGroup("", {
    version: "v1",
    freshness: "Current",
    resources: [toResource("pods", "Pod"), toResource("nodes", "Node", "Cluster")],
  }),
);
const apps = toGroup(
  "apps",
  { version: "v1", freshness: "Current", resources: [toResource("deployments", "Deployment")] },
  {
    version: "v1beta1",
    freshness: "Current",
    resources: [toResource("deployments", "Deployment")],
  },
);
const widgets = toGroup("a.io", {
  version: "v1",
  freshness: "Current",
  resources: [toResource("widgets", "Widget")],
});

const plain: Record<string, unknown> = {
  "/api": { kind: "APIVersions", versions: ["v1"] },
  "/apis": {
    kind: "APIGroupList",
    groups: [
      {
        name: "apps",
        versions: [
          { groupVersion: "apps/v1", version: "v1" },
          { groupVersion: "apps/v1beta1", version: "v1beta1" },
        ],
        preferredVersion: { groupVersion: "apps/v1", version: "v1" },
      },
    ],
  },
  "/api/v1": {
    kind: "APIResourceList",
    groupVersion: "v1",
    resources: [
      {
        name: "pods",
        singularName: "pod",
        namespaced: true,
        kind: "Pod",
        verbs: [],
        shortNames: ["po"],
      },
      { name: "pods/log", singularName: "", namespaced: true, kind: "Pod", verbs: [] },
      { name: "nodes", singularName: "node", namespaced: false, kind: "Node", verbs: [] },
    ],
  },
  "/apis/apps/v1": {
    kind: "APIResourceList",
    resources: [{ name: "deployments", namespaced: true, kind: "Deployment" }],
  },
  "/apis/apps/v1beta1": {
    kind: "APIResourceList",
    resources: [{ name: "deployments", namespaced: true, kind: "Deployment" }],
  },
};

function list(catalog: Catalog): readonly string[] {
  return catalog.entries.map(
    (entry) =>
      `${entry.group}/${entry.version} ${entry.kind} ${entry.resource}${entry.namespaced ? "" : " cluster"}${entry.preferred ? " preferred" : ""}`,
  );
}

const served = [
  "/v1 Pod pods preferred",
  "/v1 Node nodes cluster preferred",
  "apps/v1 Deployment deployments preferred",
  "apps/v1beta1 Deployment deployments",
];

describe("what a cluster serves", () => {
  test("is read with two requests if the server aggregates", async () => {
    const { client, asked } = createServer({ "/api": core, "/apis": toAggregated(apps) });
    const catalog = await createDiscovery({ client, now: () => 0 }).catalog();
    expect(list(catalog)).toEqual(served);
    expect(catalog.source).toBe("discovery");
    expect(asked).toEqual(["/api", "/apis"]);
  });

  test("is the same from a server that answers in the plain form, and from one that refuses the aggregated one", async () => {
    for (const aggregated of [true, false]) {
      const { client } = createServer(plain, { aggregated });
      expect(list(await createDiscovery({ client, now: () => 0 }).catalog())).toEqual(served);
    }
  });

  test("does not fail because the server of a group is not available", async () => {
    const away = toGroup("away.io", { version: "v1", freshness: "Stale" });
    const { client, asked } = createServer({ "/api": core, "/apis": toAggregated(away, apps) });
    const catalog = await createDiscovery({ client, now: () => 0 }).catalog();
    expect(list(catalog)).toEqual(served);
    expect(catalog.unanswered).toEqual(["away.io/v1"]);
    expect(asked).toContain("/apis/away.io/v1");
  });

  test("keeps the resources of a group while its server is not available", async () => {
    const documents: Record<string, unknown> = { "/api": core, "/apis": toAggregated(widgets) };
    const { client } = createServer(documents);
    let nowMs = 0;
    const discovery = createDiscovery({ client, now: () => nowMs });
    await discovery.catalog();
    documents["/apis"] = toAggregated(
      toGroup("a.io", { version: "v1", freshness: "Stale", resources: [] }),
    );
    nowMs = MINUTE_MS;
    expect(list(await discovery.refresh())).toContain("a.io/v1 Widget widgets preferred");
  });

  test("is refused with a reason if the address is not an API server's", async () => {
    const { client } = createServer({ "/api": "<html>", "/apis": { kind: "Status" } });
    await expect(createDiscovery({ client, now: () => 0 }).catalog()).rejects.toThrow(
      /did not answer with a list of API groups/,
    );
  });
});

describe("the cache", () => {
  test("is refreshed at most once a minute, and sees kinds appear and disappear", async () => {
    const documents: Record<string, unknown> = { "/api": core, "/apis": toAggregated() };
    const { client, asked } = createServer(documents);
    let nowMs = 0;
    const discovery = createDiscovery({ client, now: () => nowMs });
    await discovery.catalog();
    documents["/apis"] = toAggregated(widgets);
    nowMs = MINUTE_MS - 1;
    expect((await discovery.refresh()).byKind.has("Widget")).toBe(false);
    expect(asked).toHaveLength(2);
    nowMs = MINUTE_MS;
    expect((await discovery.refresh()).byKind.has("Widget")).toBe(true);
    expect((await discovery.catalog()).byKind.has("Widget")).toBe(true);
    expect(asked).toHaveLength(4);
    documents["/apis"] = toAggregated();
    nowMs = 2 * MINUTE_MS;
    expect((await discovery.refresh()).byKind.has("Widget")).toBe(false);
  });

  test("is read again after ten minutes without a refresh", async () => {
    const documents: Record<string, unknown> = { "/api": core, "/apis": toAggregated(widgets) };
    const { client } = createServer(documents);
    let nowMs = 0;
    const discovery = createDiscovery({ client, now: () => nowMs });
    await discovery.catalog();
    documents["/apis"] = toAggregated();
    nowMs = 10 * MINUTE_MS - 1;
    expect((await discovery.catalog()).byKind.has("Widget")).toBe(true);
    nowMs = 10 * MINUTE_MS;
    expect((await discovery.catalog()).byKind.has("Widget")).toBe(false);
  });

  test("outlives a failed refresh, which is not repeated within the minute", async () => {
    const documents: Record<string, unknown> = { "/api": core, "/apis": toAggregated(widgets) };
    const { client, asked } = createServer(documents);
    let nowMs = 0;
    const discovery = createDiscovery({ client, now: () => nowMs });
    await discovery.catalog();
    delete documents["/api"];
    nowMs = MINUTE_MS;
    expect((await discovery.refresh()).byKind.has("Widget")).toBe(true);
    expect((await discovery.refresh()).byKind.has("Widget")).toBe(true);
    expect(asked).toHaveLength(4);
  });

  test("is filled once for all concurrent callers, and again after a failure", async () => {
    const documents: Record<string, unknown> = { "/api": core };
    const { client, asked } = createServer(documents);
    const discovery = createDiscovery({ client, now: () => 0 });
    await expect(discovery.catalog()).rejects.toThrow(/away/);
    documents["/apis"] = toAggregated();
    const [one, other] = await Promise.all([discovery.catalog(), discovery.catalog()]);
    expect(one).toBe(other);
    expect(asked).toHaveLength(4);
  });

  test("a caller that is aborted stops waiting, the others get their answer", async () => {
    const { client } = createServer({ "/api": core, "/apis": toAggregated() });
    const discovery = createDiscovery({ client, now: () => 0 });
    const aborted = discovery.catalog(AbortSignal.abort());
    const other = discovery.catalog();
    await expect(aborted).rejects.toMatchObject({ code: "Timeout", retryable: true });
    expect((await other).byKind.has("Pod")).toBe(true);
  });
});

describe("hostile answers", () => {
  test("lose only their malformed entries", () => {
    const body = toAggregated(
      null,
      [],
      { metadata: { name: 5 }, versions: [{ version: "v1", resources: [toResource("x", "X")] }] },
      {
        metadata: { name: "../x" },
        versions: [{ version: "v1", resources: [toResource("x", "X")] }],
      },
      toGroup(
        "good.io",
        { version: "", resources: [toResource("x", "X")] },
        {
          version: "v1",
          resources: [
            null,
            { resource: "nokind", scope: "Namespaced" },
            toResource("pods/log", "X"),
            toResource("x", "X", "Galaxy"),
            toResource("__proto__", "__proto__"),
            toResource("goods", "Good"),
          ],
        },
      ),
    );
    const listed = parseDiscovery(body) ?? [];
    expect(listed.flatMap((one) => one.resources ?? []).map((entry) => entry.kind)).toEqual([
      "__proto__",
      "Good",
    ]);
  });

  test("never throw", () => {
    const kinds = fc.constantFrom(
      "APIGroupDiscoveryList",
      "APIGroupList",
      "APIVersions",
      "APIResourceList",
    );
    const lists = fc.record(
      {
        kind: kinds,
        items: fc.anything(),
        groups: fc.array(fc.anything()),
        versions: fc.anything(),
        resources: fc.array(fc.anything()),
      },
      { requiredKeys: ["kind"] },
    );
    const listed = { group: "a.io", version: "v1", preferred: true, resources: undefined };
    fc.assert(
      fc.property(fc.oneof(lists, fc.anything()), (body) => {
        for (const one of parseDiscovery(body) ?? []) expect(typeof one.version).toBe("string");
        for (const entry of parseResourceList(body, listed) ?? [])
          expect(typeof entry.kind).toBe("string");
      }),
    );
  });
});
