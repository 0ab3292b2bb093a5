import { expect, it } from "vitest";
import { readSet } from "../../../../adapters/kubernetes/move/read-set.ts";
import { createCatalog } from "../../../../core/references/create-catalog.ts";
import { FakeCluster } from "../../../support/move/fake-cluster.ts";

const TOPS = {
  group: "x.io",
  version: "v1",
  kind: "Top",
  resource: "tops",
  namespaced: true,
  preferred: true,
};

it("what a version serves that has not answered is unread, but for metrics, which have no owners", async () => {
  const source = new FakeCluster("source");
  source.put("/apis/x.io/v1/namespaces/shop/tops/a", { metadata: {} });
  const unanswered = ["away.io/v1", "metrics.k8s.io/v1beta1", "custom.metrics.k8s.io/v1beta2"];
  const catalog = createCatalog([TOPS], "discovery", unanswered);
  const { client } = source;
  const discovery = { refresh: async () => catalog };
  const select = [{ resource: "tops.x.io", namespace: "shop", name: "a" }];
  const { unread, selected } = await readSet(
    { client, discovery },
    { select },
    new AbortController().signal,
  );
  expect(selected.size).toBe(1);
  expect(unread).toEqual([
    {
      resource: "the resources of away.io/v1",
      reason: expect.stringContaining("does not answer"),
      code: "Unavailable",
    },
  ]);
});

it("objects without an owner are kept if they may belong to a Cluster, or a tool's mark is on what is selected", async () => {
  const source = new FakeCluster("source");
  const mark = "argocd.argoproj.io/tracking-id";
  const shop = "/apis/x.io/v1/namespaces/shop/tops";
  source.put(`${shop}/a`, { metadata: { annotations: { [mark]: "shop:x" } } });
  const label = "cluster.x-k8s.io/cluster-name";
  source.put(`${shop}/b`, { metadata: { labels: { [label]: "web" } } });
  source.put(`${shop}/c`, { metadata: { labels: { app: "web" } } });
  const catalog = createCatalog([TOPS], "discovery");
  const { client } = source;
  const { objects, related } = await readSet(
    { client, discovery: { refresh: async () => catalog } },
    { select: [{ resource: "tops.x.io", namespace: "shop", name: "a" }] },
    new AbortController().signal,
  );
  expect(objects).toMatchObject([{ name: "a", managerMark: mark }]);
  expect(related).toMatchObject([{ name: "b", clusterName: "web" }]);
});
