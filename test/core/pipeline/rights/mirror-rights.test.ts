/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import { builtinCatalog } from "../../../../core/references/builtin.ts";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import type { Grant } from "../../../../core/pipeline/rights/grants.ts";
import { planTargetPermissions } from "../../../../core/pipeline/rights/mirror-rights.ts";
import { planPermissions } from "../../../../core/pipeline/rights/permissions.ts";

/** The scopes in which transfer may get namespaces, `in NAMESPACE` or everywhere, except for the uid of the cluster. */
function findNamespaceReads(grants: readonly Grant[]): readonly string[] {
  return grants.flatMap(({ namespace, rules }) =>
    rules.flatMap(({ resources, resourceNames, verbs }) =>
      resources.includes("namespaces") && resourceNames === undefined && verbs.includes("get")
        ? [namespace === null ? "everywhere" : `in ${namespace}`]
        : [],
    ),
  );
}

function plan(on: object, mirror: object = {}) {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "prod" },
    clusters: [{ name: "backup", access: { secret: "backup" } }],
    rules: [{ id: "copy", on, then: [{ mirror: { to: ["backup"], ...mirror } }] }],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const [target] = planTargetPermissions(parsed.value, builtinCatalog());
  const { transfer } = planPermissions(parsed.value, builtinCatalog());
  return {
    source: findNamespaceReads(transfer),
    target: findNamespaceReads(target?.transfer ?? []),
  };
}

describe("transfer may ask whether a namespace has opted out", () => {
  it("in the namespaces of the rule, and in those of its copies", () => {
    const on = { resource: "configmaps", namespaces: ["shop"] };
    expect(plan(on, { namespaces: { shop: "shop-dr" } })).toEqual({
      source: ["in shop"],
      target: ["in shop-dr"],
    });
  });

  it("everywhere, if the rule names none", () => {
    expect(plan({ resource: "configmaps" })).toEqual({
      source: ["everywhere"],
      target: ["everywhere"],
    });
  });

  it("nowhere, if its objects are in none", () => {
    expect(plan({ resource: "clusterroles.rbac.authorization.k8s.io" })).toEqual({
      source: [],
      target: [],
    });
  });
});
