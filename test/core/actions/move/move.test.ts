import { describe, expect, it } from "vitest";
import type { ActionAnswer } from "../../../../core/actions/contract/action.ts";
import { describeStep } from "../../../../core/preview/describe-step.ts";
import type { ManifestOperation } from "../../../../core/operations/operation.ts";
import { runAction, toObject, type Scene } from "../run-action.ts";

type Json = Readonly<Record<string, unknown>>;

const CLUSTERS = "clusters.cluster.x-k8s.io";
const CLUSTER = toObject("cluster.x-k8s.io/v1beta1", "Cluster");
const SCENE: Scene = { resource: CLUSTERS, object: CLUSTER };
const NODE: Scene = { resource: "nodes", object: toObject("v1", "Node") };
const CONFIG_MAP: Scene = { resource: "configmaps", object: toObject("v1", "ConfigMap") };

function plan(parameters: Json, scene: Scene = SCENE, stage = 0): ManifestOperation {
  const { answer } = runAction("move", { to: "backup-eu", ...parameters }, scene, stage);
  const [operation, ...more] = answer.outcome === "operations" ? answer.operations : [];
  if (operation?.type !== "createManifest" || more.length > 0) {
    throw new Error(JSON.stringify(answer));
  }
  return operation;
}

function ask(parameters: Json, scene: Scene = SCENE): ActionAnswer {
  return runAction("move", { to: "backup-eu", ...parameters }, scene).answer;
}

describe("move", () => {
  it("begins a Move of the trigger beside the records", () => {
    const { target, spec } = plan({});
    expect(target).toMatchObject({
      group: "kubemend.dev",
      version: "v1alpha1",
      resource: "moves",
      kind: "Move",
      namespace: "kubemend",
    });
    expect(spec).toEqual({
      target: { cluster: "backup-eu" },
      select: [{ resource: CLUSTERS, namespace: "data", name: "the-cluster" }],
    });
  });

  it("gives it a name that only the record, the place in the rule and the object determine", () => {
    const { name } = plan({}).target;
    expect(name).toMatch(/^move-the-cluster-[0-9a-f]{12}$/);
    expect(plan({ withOwned: true }).target.name).toBe(name);
    expect(plan({}, SCENE, 1).target.name).not.toBe(name);
    const again = { ...CLUSTER, metadata: { ...CLUSTER.metadata, uid: "another" } };
    expect(plan({}, { ...SCENE, object: again }).target.name).not.toBe(name);
  });

  it("moves what the object owns, and what stands beside it, if the rule says so", () => {
    const { spec } = plan({
      withOwned: true,
      also: [
        { resource: "secrets", labelSelector: "cluster=web" },
        { resource: "configmaps", name: "settings", withOwned: true },
      ],
    });
    expect(spec["select"]).toEqual([
      { resource: CLUSTERS, namespace: "data", name: "the-cluster", withOwned: true },
      { resource: "secrets", namespace: "data", labelSelector: "cluster=web" },
      { resource: "configmaps", namespace: "data", name: "settings", withOwned: true },
    ]);
  });

  it("passes on how the move is to be done", () => {
    const options = {
      pause: [{ resource: CLUSTERS, field: "spec.paused" }],
      blocks: ["example.com/busy"],
      removeFinalizers: ["*"],
      remade: ["endpoints"],
      leaveOwned: true,
      dropOwners: true,
      leaveData: true,
      createNamespaces: true,
      deadlines: { block: "1h" },
    };
    expect(plan(options).spec).toMatchObject(options);
  });

  it("marks the Move with the record", () => {
    expect(plan({}).metadata.annotations).toMatchObject({
      "kubemend.dev/cause": "rerun-0123456789abcdef0123",
    });
  });

  it("says in words what it would move", () => {
    const operation = plan({ withOwned: true, also: [{ resource: "secrets", name: "token" }] });
    expect(describeStep(operation)).toBe(
      `create Move kubemend/${operation.target.name}: moves ${CLUSTERS} data/the-cluster with all that it owns and secrets data/token, to backup-eu`,
    );
  });

  it("names the object for whereTarget", () => {
    expect(ask({})).toMatchObject({ target: { metadata: { uid: "Cluster-uid" } } });
  });

  it.each([
    ["an object whose resource does not move", { also: [] }, NODE, "Bound"],
    [
      "another object that does not move",
      { also: [{ resource: "jobs.batch", name: "a" }] },
      CONFIG_MAP,
      "Bound",
    ],
    [
      "a resource that is not served",
      { also: [{ resource: "shops.example.com", name: "a" }] },
      CONFIG_MAP,
      "NotServed",
    ],
  ] as const)("refuses %s", (_what, parameters, scene, code) => {
    expect(ask(parameters, scene)).toMatchObject({ outcome: "refused", code });
  });

  it("refuses an object that is being deleted", () => {
    const leaving = {
      ...CLUSTER,
      metadata: { ...CLUSTER.metadata, deletionTimestamp: "2026-11-30T10:00:00Z" },
    };
    expect(ask({}, { ...SCENE, object: leaving })).toMatchObject({ code: "TargetTerminating" });
  });

  it("refuses to look for others in the namespace of an object that is in none", () => {
    const role = toObject(
      "rbac.authorization.k8s.io/v1",
      "ClusterRole",
      {},
      { namespace: undefined },
    );
    const scene = { resource: "clusterroles.rbac.authorization.k8s.io", object: role };
    const also = [{ resource: "configmaps", name: "a" }];
    expect(ask({ also }, scene)).toMatchObject({ code: "NamespaceMissing" });
  });
});
