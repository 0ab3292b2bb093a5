import { expect, it } from "vitest";
import { builtinCatalog } from "../../../../core/references/builtin.ts";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import { planSourcePermissions } from "../../../../core/pipeline/rights/cluster-rights.ts";
import type { Grant } from "../../../../core/pipeline/rights/grants.ts";
import { planTargetPermissions } from "../../../../core/pipeline/rights/mirror-rights.ts";
import type { Pipeline } from "../../../../core/pipeline/pipeline.ts";

const EU = { name: "eu", uid: "eeeeeeee-0000-4000-8000-00000000000e", access: { secret: "eu" } };

function toPipeline(moves?: readonly object[]): Pipeline {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "prod" },
    clusters: [EU],
    watch: [{ resource: "pods" }],
    ...(moves === undefined ? {} : { moves }),
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

/** `shop: get,list secrets` */
function toLines(grants: readonly Grant[] = []): readonly string[] {
  return grants.flatMap(({ namespace, rules }) =>
    rules.map(
      ({ verbs, resources, resourceNames = [] }) =>
        `${namespace ?? "everywhere"}: ${verbs.join()} ${[...resources, ...resourceNames].join("/")}`,
    ),
  );
}

const GRANT = { to: ["eu"], resources: ["secrets"], namespaces: ["shop"] };
const UID = "everywhere: get namespaces/kube-system";
const KEEPS = [
  "everywhere: list moves",
  "everywhere: list movesteps",
  "kubemend: execute,get moves",
  "kubemend: update moves/status",
  "kubemend: create,delete,get,update movesteps",
];

it("without moves, transfer and sweep may not touch Moves", () => {
  const { transfer, sweep } = planSourcePermissions(toPipeline(), "prod", builtinCatalog());
  expect(toLines(transfer)).toEqual([]);
  expect(toLines(sweep).filter((line) => line.includes("moves"))).toEqual([]);
  expect(planTargetPermissions(toPipeline(), builtinCatalog())).toEqual([]);
});

it("with moves, transfer has the rights of both sides where the entry says, and no more", () => {
  const pipeline = toPipeline([GRANT]);
  const { transfer, sweep } = planSourcePermissions(pipeline, "prod", builtinCatalog());
  expect(toLines(transfer)).toEqual([
    UID,
    ...KEEPS,
    "shop: get namespaces",
    "shop: delete,get,list,patch secrets",
    "shop: list *",
  ]);
  expect(toLines(sweep)).toContain("kubemend: list moves");
  const [target] = planTargetPermissions(pipeline, builtinCatalog());
  expect(toLines(target?.transfer)).toEqual([
    UID,
    "shop: get namespaces",
    "shop: create,delete,get,list,patch secrets",
  ]);
});

it("namespaces may be created in the target only if the entry says so", () => {
  const pipeline = toPipeline([{ ...GRANT, createNamespaces: true }]);
  const [target] = planTargetPermissions(pipeline, builtinCatalog());
  expect(toLines(target?.transfer)).toContain("everywhere: create namespaces");
});

it("moves from another cluster give the rights of the source there, and those of the target here", () => {
  const pipeline = toPipeline([{ ...GRANT, from: ["eu"], to: ["prod"] }]);
  const there = planSourcePermissions(pipeline, "eu", builtinCatalog());
  expect(toLines(there.transfer)).toEqual(expect.arrayContaining(KEEPS));
  const here = planSourcePermissions(pipeline, "prod", builtinCatalog());
  expect(toLines(here.transfer)).toEqual([
    UID,
    "shop: get namespaces",
    "shop: create,delete,get,list,patch secrets",
  ]);
});
