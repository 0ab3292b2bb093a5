import { describe, expect, it } from "vitest";
import { findAwaitedOwners, readOwners, toOwnerTwin } from "../../../core/mirror/owners.ts";
import type { MirrorRule } from "../../../core/pipeline/mirror-rule.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { SOURCE_CLUSTER, toMirror, toSource } from "../../support/mirror/mirror-case.ts";

const OWNER = { apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "uid-of-web" };
const owned = toSource({ metadata: { ownerReferences: [{ ...OWNER, controller: true }] } });
const copy = { namespace: "shop", name: "settings" };

function toRule(resource: string, written: object = {}, on: object = {}): MirrorRule {
  const rule = { id: "r", on: { resource, changes: [], ...on } } as unknown as Rule;
  return { rule, mirror: toMirror({ ...written }) };
}

function find(rules: readonly MirrorRule[], place = copy, object = owned) {
  const catalog = builtinCatalog();
  return findAwaitedOwners({ object, copy: place, target: "backup-eu", rules, catalog });
}

describe("an owner is awaited in the target", () => {
  it("if a rule with this target covers it, at its mapped name", () => {
    const rule = toRule("deployments.apps", { names: { prefix: "eu-" } });
    expect(find([rule])).toMatchObject([
      {
        owner: { name: "web", controller: true },
        type: { resource: "deployments" },
        place: { namespace: "shop", name: "eu-web" },
      },
    ]);
  });

  it("if it is in no namespace", () => {
    const ownerReferences = [{ apiVersion: "v1", kind: "Node", name: "n", uid: "u" }];
    const object = toSource({ metadata: { ownerReferences } });
    expect(find([toRule("nodes")], copy, object)).toMatchObject([
      { place: { namespace: null, name: "n" } },
    ]);
  });

  it.each<[string, MirrorRule]>([
    ["a rule with another target covers it", toRule("deployments.apps", { to: ["backup-us"] })],
    ["a rule covers another kind", toRule("statefulsets.apps")],
    ["a rule covers other namespaces", toRule("deployments.apps", {}, { namespaces: ["billing"] })],
    [
      "its copy is in another namespace",
      toRule("deployments.apps", { namespaces: { shop: "dr" } }),
    ],
    ["the resource is unknown", toRule("widgets.example.com")],
  ])("not if %s", (_what, rule) => {
    expect(find([rule])).toEqual([]);
  });
});

describe("the copy of an owner", () => {
  const annotations = {
    "kubemend.dev/source-cluster": SOURCE_CLUSTER.uid,
    "kubemend.dev/source-uid": "uid-of-web",
    "kubemend.dev/source-object": "shop/web",
  };
  const twin = toSource({ metadata: { name: "eu-web", uid: "uid-of-twin", annotations } });
  const awaited = { owner: { ...OWNER, controller: true } };

  it("is what says that it comes from that owner", () => {
    const found = toOwnerTwin(twin, awaited, SOURCE_CLUSTER.uid);
    expect(found).toMatchObject({ name: "eu-web", uid: "uid-of-twin" });
  });

  it.each([
    ["nothing", null, SOURCE_CLUSTER.uid],
    ["somebody's object of its name", toSource(), SOURCE_CLUSTER.uid],
    [
      "the copy of an earlier owner",
      toSource({ metadata: { annotations: { ...annotations, "kubemend.dev/source-uid": "x" } } }),
      SOURCE_CLUSTER.uid,
    ],
    ["a copy from another cluster", twin, "c"],
  ])("is not %s", (_what, found, clusterUid) => {
    expect(toOwnerTwin(found, awaited, clusterUid)).toBeUndefined();
  });
});

it.each([[null], ["x"], [[null]], [[{ kind: "A" }]], [[{ ...OWNER, uid: 1 }]]])(
  "owners that are %j are none",
  (ownerReferences) => {
    expect(readOwners({ metadata: { ownerReferences } })).toEqual([]);
  },
);
