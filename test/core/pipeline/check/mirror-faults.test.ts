/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import { findMirrorFaults } from "../../../../core/pipeline/check/mirror-faults.ts";

/** The faults of a rule that leads `shop` into `shop-dr`. */
function findFaults(on: object, namespaces: object = { shop: "shop-dr" }): readonly string[] {
  const document = {
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "prod" },
    clusters: [{ name: "backup", access: { secret: "backup" } }],
    rules: [{ id: "copy", on, then: [{ mirror: { to: ["backup"], namespaces } }] }],
  };
  const parsed = parsePipeline(document);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value.rules.flatMap((rule) =>
    findMirrorFaults(rule, document, 0).map(({ message }) => message),
  );
}

const CONFIG_MAPS = { resource: "configmaps" };

describe("a namespace that is led into another one", () => {
  it.each([
    ["of all namespaces", CONFIG_MAPS],
    ["of namespaces with a label", { ...CONFIG_MAPS, namespaces: { labelSelector: "tier=web" } }],
    ["of both", { ...CONFIG_MAPS, namespaces: ["shop", "shop-dr"] }],
    ["on all Namespaces", { resource: "namespaces" }],
  ])("is a fault of a rule %s", (_which, on) => {
    expect(findFaults(on)).toEqual([
      "leads shop into shop-dr, which the rule covers too: objects of both would be in each other's way",
    ]);
  });

  it.each([
    ["that names only the first", { ...CONFIG_MAPS, namespaces: ["shop"] }],
    [
      "that names only the second, and whose accounts follow the map",
      { resource: "rolebindings.rbac.authorization.k8s.io", namespaces: ["shop-dr"] },
    ],
    ["that selects one by its field", { ...CONFIG_MAPS, fieldSelector: "metadata.namespace=shop" }],
    ["on Namespaces with a label", { resource: "namespaces", labelSelector: "mirror=yes" }],
  ])("is none of a rule %s", (_which, on) => {
    expect(findFaults(on)).toEqual([]);
  });

  it("is none if that one is led elsewhere", () => {
    expect(findFaults(CONFIG_MAPS, { shop: "shop-dr", "shop-dr": "shop" })).toEqual([]);
  });
});

it("a namespace that is mapped and that the rule does not cover is a fault", () => {
  expect(findFaults({ ...CONFIG_MAPS, namespaces: ["shop"] }, { shpo: "shop-dr" })).toEqual([
    "the rule covers no objects of shpo",
  ]);
});
