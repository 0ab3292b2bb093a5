/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import {
  isSource,
  planSourcePermissions,
} from "../../../../core/pipeline/rights/cluster-rights.ts";
import type { Grant } from "../../../../core/pipeline/rights/grants.ts";
import { planPermissions } from "../../../../core/pipeline/rights/permissions.ts";
import { builtinCatalog } from "../../../../core/references/builtin.ts";

const CATALOG = builtinCatalog();

function parse(...rules: readonly object[]) {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "prod" },
    clusters: [
      { name: "eu", uid: "eeeeeeee-0000-4000-8000-00000000000e", access: { secret: "eu" } },
      { name: "us", uid: "bbbbbbbb-0000-4000-8000-00000000000b", access: { secret: "us" } },
    ],
    rules,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

const toVerbs = (grants: readonly Grant[], resource: string): readonly string[] =>
  grants.flatMap(({ rules }) =>
    rules.flatMap((rule) => (rule.resources.includes(resource) ? rule.verbs : [])),
  );

describe("the rights in a cluster whose changes rules take", () => {
  const pipeline = parse(
    {
      id: "label",
      on: { resource: "deployments.apps", clusters: ["prod", "eu"] },
      once: "change",
      then: [{ label: { set: { a: "b" } } }],
    },
    {
      id: "fail-over",
      on: { resource: "statefulsets.apps", clusters: ["eu"] },
      once: "change",
      then: [{ scale: { target: { cluster: "prod" }, replicas: 1 } }],
    },
    {
      id: "mirror",
      on: { resource: "configmaps", clusters: ["prod", "eu"] },
      then: [{ mirror: { to: ["prod", "eu"] } }],
    },
  );

  it("are those of its relay and of the rules for its changes", () => {
    const { relay, normalize } = planSourcePermissions(pipeline, "eu", CATALOG);
    expect(toVerbs(relay, "statefulsets")).toEqual(["get", "list", "watch"]);
    expect(toVerbs(normalize, "deployments")).toEqual(["get"]);
    const prod = planSourcePermissions(pipeline, "prod", CATALOG);
    expect(toVerbs(prod.relay, "statefulsets")).toEqual([]);
  });

  it("let every function ask for the uid of a cluster that is not its own", () => {
    const only = parse({
      id: "label",
      on: { resource: "pods", clusters: ["eu"] },
      once: "change",
      then: [{ label: { set: { a: "b" } } }],
    });
    const asks = (name: string) =>
      Object.entries(planSourcePermissions(only, name, CATALOG)).flatMap(([part, grants]) => {
        const rules = grants.flatMap((grant) => grant.rules);
        return rules.some(({ resourceNames = [] }) => resourceNames.includes("kube-system"))
          ? [part]
          : [];
      });
    expect(asks("eu")).toContain("sweep");
    expect(asks("prod")).not.toContain("sweep");
  });

  it("are also those for what changes of other clusters do there", () => {
    const prod = planSourcePermissions(pipeline, "prod", CATALOG);
    expect(toVerbs(prod.remediate, "statefulsets/scale")).toContain("patch");
    expect(toVerbs(prod.transfer, "configmaps")).toEqual([
      "create",
      "delete",
      "get",
      "list",
      "patch",
    ]);
    const eu = planSourcePermissions(pipeline, "eu", CATALOG);
    expect(toVerbs(eu.remediate, "statefulsets/scale")).toEqual([]);
  });

  it("are as before in a pipeline without such a cluster", () => {
    const simple = parse({
      id: "a",
      on: { resource: "pods" },
      then: [{ deleteObject: {} }],
    });
    expect(planSourcePermissions(simple, "prod", CATALOG)).toEqual(
      planPermissions(simple, CATALOG),
    );
  });

  it("are in each of several", () => {
    const several = parse({
      id: "a",
      on: { resource: "pods", clusters: ["eu", "us"] },
      then: [{ deleteObject: {} }],
    });
    expect(["eu", "us"].every((name) => isSource(several, name))).toBe(true);
  });

  it("are only in the pipeline's own cluster and in those that rules name", () => {
    expect(["prod", "eu", "us", "other"].map((name) => isSource(pipeline, name))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
