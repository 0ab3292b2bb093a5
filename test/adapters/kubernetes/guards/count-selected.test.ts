import { describe, expect, test } from "vitest";
import type { KubernetesRequest } from "../../../../adapters/kubernetes/http/client.ts";
import { createCountSelected } from "../../../../adapters/kubernetes/guards/count-selected.ts";
import { KubemendError } from "../../../../core/errors.ts";
import { builtinCatalog } from "../../../../core/references/builtin.ts";
import type { WatchSelection } from "../../../../core/pipeline/pipeline.ts";

const METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/** A cluster with so many objects by the path of their collection; with a selector it does not say how many follow. */
function createCluster(
  counts: Readonly<Record<string, number>>,
  bytesEach: Readonly<Record<string, number>> = {},
) {
  const requests: KubernetesRequest[] = [];
  const cluster = { nowMs: 0, requests, failing: undefined as KubemendError | undefined };
  const request = async <T>(asked: KubernetesRequest): Promise<T> => {
    requests.push(asked);
    if (cluster.failing !== undefined) throw cluster.failing;
    const { path, query = {} } = asked;
    const all = counts[path] ?? 0;
    const from = Number(query["continue"] ?? 0);
    const to = Math.min(all, from + Number(query["limit"]));
    if ((to - from) * (bytesEach[path] ?? 0) > (asked.maxBytes ?? Infinity)) {
      throw new KubemendError("Invalid", "the answer is too large", { retryable: false });
    }
    const isSelected = (query["labelSelector"] ?? query["fieldSelector"]) !== undefined;
    const items = Array.from({ length: to - from }, (_, index) => ({
      metadata: { name: `n-${from + index}`, uid: `u-${from + index}` },
    }));
    const left = isSelected ? {} : { remainingItemCount: all - to };
    const metadata = to < all ? { continue: String(to), ...left } : {};
    return { metadata, items } as T;
  };
  const client = {
    server: "",
    request,
    stream: () => Promise.reject(new Error("not served")),
    close: async () => undefined,
  };
  const catalog = async () => builtinCatalog();
  const discovery = { catalog, refresh: catalog };
  const count = createCountSelected({ client, discovery, now: () => cluster.nowMs });
  const { signal } = new AbortController();
  return { cluster, count: (on: WatchSelection) => count(on, signal) };
}

const PODS = { resource: "pods" };

describe("without a selector", () => {
  test("one request for the metadata of one object says how many there are", async () => {
    const { cluster, count } = createCluster({ "/api/v1/pods": 12_345 });
    expect(await count(PODS)).toEqual({ count: 12_345 });
    expect(cluster.requests).toMatchObject([{ query: { limit: 1 }, accept: METADATA }]);
  });

  test("none and one are counted, too", async () => {
    expect(await createCluster({}).count(PODS)).toEqual({ count: 0 });
    expect(await createCluster({ "/api/v1/pods": 1 }).count(PODS)).toEqual({ count: 1 });
  });

  test("the named namespaces are counted, each with a request", async () => {
    const { cluster, count } = createCluster({
      "/api/v1/namespaces/a/pods": 7,
      "/api/v1/namespaces/b/pods": 5,
      "/api/v1/namespaces/c/pods": 100,
    });
    expect(await count({ ...PODS, namespaces: ["a", "b"] })).toEqual({ count: 12 });
    expect(cluster.requests).toHaveLength(2);
  });
});

describe("with a selector", () => {
  test("the pages are counted", async () => {
    const { cluster, count } = createCluster({ "/api/v1/pods": 1_234 });
    expect(await count({ ...PODS, labelSelector: "app=web" })).toEqual({ count: 1_234 });
    expect(cluster.requests.map(({ query }) => query)).toEqual(
      [undefined, "500", "1000"].map((token) => ({
        labelSelector: "app=web",
        fieldSelector: undefined,
        limit: 500,
        continue: token,
      })),
    );
  });

  test("no more than 10,000 are counted", async () => {
    const { cluster, count } = createCluster({ "/api/v1/pods": 50_000 });
    expect(await count({ ...PODS, fieldSelector: "spec.nodeName=a" })).toEqual({ count: 10_000 });
    expect(cluster.requests).toHaveLength(20);
  });

  test("objects are counted however large their annotations are", async () => {
    const large = { "/api/v1/pods": 256 * 1024 };
    const { cluster, count } = createCluster({ "/api/v1/pods": 700 }, large);
    expect(await count({ ...PODS, labelSelector: "app=web" })).toEqual({ count: 700 });
    expect(cluster.requests.every(({ accept }) => accept === METADATA)).toBe(true);
  });

  test("of the largest objects as many are counted as 20 pages hold", async () => {
    const large = { "/api/v1/pods": 256 * 1024 };
    const { count } = createCluster({ "/api/v1/pods": 5_000 }, large);
    const counted = await count({ ...PODS, labelSelector: "app=web" });
    expect("count" in counted && counted.count).toBeGreaterThan(600);
  });

  test("namespaces are counted however large their annotations are", async () => {
    const { count } = createCluster(
      { "/api/v1/namespaces": 100, "/api/v1/namespaces/n-99/pods": 3 },
      { "/api/v1/namespaces": 256 * 1024 },
    );
    expect(await count({ ...PODS, namespaceSelector: "team" })).toEqual({ count: 3 });
  });

  test("of namespaces, those that have the labels are counted", async () => {
    const { count } = createCluster({
      "/api/v1/namespaces": 2,
      "/api/v1/namespaces/n-0/pods": 3,
      "/api/v1/namespaces/n-1/pods": 4,
    });
    expect(await count({ ...PODS, namespaceSelector: "team" })).toEqual({ count: 7 });
    const many = createCluster({ "/api/v1/namespaces": 101 });
    expect(await many.count({ ...PODS, namespaceSelector: "team" })).toMatchObject({
      unknown: expect.stringContaining("more than 100 namespaces") as string,
    });
  });
});

test("a count is used for a minute", async () => {
  const { cluster, count } = createCluster({ "/api/v1/pods": 3 });
  await Promise.all([count(PODS), count(PODS)]);
  cluster.nowMs = 59_999;
  await count(PODS);
  expect(cluster.requests).toHaveLength(1);
  cluster.nowMs = 60_000;
  await count(PODS);
  expect(cluster.requests).toHaveLength(2);
});

test("what cannot be counted says why, and is tried again after 5 s", async () => {
  const { cluster, count } = createCluster({ "/api/v1/pods": 3 });
  cluster.failing = new KubemendError("Forbidden", "may not list pods", { retryable: true });
  const unknown = "it cannot be counted how many pods it selects (may not list pods)";
  expect(await count(PODS)).toEqual({ unknown });
  cluster.failing = undefined;
  expect(await count(PODS)).toEqual({ unknown });
  cluster.nowMs = 5_000;
  expect(await count(PODS)).toEqual({ count: 3 });
});

test("a resource that is not served cannot be counted", async () => {
  const { count } = createCluster({});
  expect(await count({ resource: "widgets.example.com" })).toMatchObject({
    unknown: expect.stringContaining("the cluster does not serve widgets.example.com") as string,
  });
});
