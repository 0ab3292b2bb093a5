import { describe, expect, it } from "vitest";
import { builtinCatalog } from "../../core/references/builtin.ts";
import { createCatalog } from "../../core/references/create-catalog.ts";
import { parsePipeline } from "../../core/rules/parse-pipeline.ts";
import { planRelay } from "../../relay/planned-watch.ts";

const FLEETS = {
  group: "example.com",
  version: "v1",
  resource: "fleets",
  kind: "Fleet",
  namespaced: false,
  preferred: true,
};

function plan(...watch: readonly object[]) {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "c" },
    watch,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const catalog = createCatalog([...builtinCatalog().entries, FLEETS], "discovery");
  return planRelay(parsed.value, catalog, "cluster-uid");
}

const byLabel = (labelSelector: string): object => ({ namespaces: { labelSelector } });

describe("a watch that selects namespaces by label", () => {
  it("reads all namespaces, and has another selection than one that takes them all", () => {
    const [selecting, all] = plan(
      { resource: "pods", ...byLabel("team in (data, ops)") },
      { resource: "pods" },
    );
    expect(selecting).toMatchObject({
      target: { namespace: null },
      namespaceSelector: [{ key: "team", operator: "in", values: ["data", "ops"] }],
      ledger: { byNamespace: true },
    });
    expect(all?.namespaceSelector).toBeUndefined();
    expect(selecting?.ledger.selection).not.toBe(all?.ledger.selection);
  });

  it("is refused for a custom resource that is in no namespace, as only the cluster knows", () => {
    expect(() => plan({ resource: "fleets.example.com", ...byLabel("team=data") })).toThrow(
      "fleets.example.com is cluster-scoped: take out its namespaces",
    );
  });
});

it("keeps the selection of a watch without namespace selectors as it was, so that its checkpoint stays good", () => {
  const [watch] = plan({ resource: "pods", namespaces: ["default"], labelSelector: "app=a" });
  expect(watch?.ledger.selection).toBe(
    '{"labelSelector":"app=a","namespace":"default","projection":"full","resource":{"group":"","kind":"Pod","namespaced":true,"resource":"pods","version":"v1"}}',
  );
});
