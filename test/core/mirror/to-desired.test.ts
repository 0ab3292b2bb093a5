import { describe, expect, it } from "vitest";
import { toDesired } from "../../../core/mirror/to-desired.ts";
import type { MirrorContext } from "../../../core/mirror/mirror-context.ts";
import type { KubernetesObject, ResourceType } from "../../../events/change.ts";
import { toContext, toSource } from "../../support/mirror/mirror-case.ts";

const DEPLOYMENTS: ResourceType = {
  group: "apps",
  version: "v1",
  resource: "deployments",
  kind: "Deployment",
  namespaced: true,
};

function toManifest(
  source: KubernetesObject,
  written: Readonly<Record<string, unknown>> = {},
  context: Partial<MirrorContext> = {},
) {
  const desired = toDesired(source, toContext(written, context));
  if (!desired.ok) throw new Error(`${desired.error.code}: ${desired.error.message}`);
  return desired.value.manifest;
}

function toDeployment(spec: object): KubernetesObject {
  return toSource({ apiVersion: "apps/v1", kind: "Deployment", spec });
}

describe("a copy", () => {
  it("has the content of its source, and says where it comes from", () => {
    const source = toSource({ data: { colour: "red" }, metadata: { labels: { app: "shop" } } });
    expect(toManifest(source)).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      data: { colour: "red" },
      metadata: {
        name: "settings",
        namespace: "shop",
        labels: { app: "shop", "kubemend.dev/mirrored-by": "mirror-it" },
        annotations: {
          "kubemend.dev/source-cluster": "uid-of-cluster-a",
          "kubemend.dev/source-uid": "uid-of-source",
          "kubemend.dev/source-version": "1042",
          "kubemend.dev/source-object": "shop/settings",
          "kubemend.dev/mirror-digest": expect.stringMatching(/^[0-9a-f]{12}$/) as unknown,
        },
      },
    });
  });

  it("is in the mapped namespace, under the mapped name", () => {
    const written = { namespaces: { shop: "shop-dr" }, names: { prefix: "eu-", suffix: "-copy" } };
    const { metadata } = toManifest(toSource(), written);
    expect(metadata).toMatchObject({ namespace: "shop-dr", name: "eu-settings-copy" });
    expect(metadata.annotations).toMatchObject({
      "kubemend.dev/source-object": "shop/settings",
    });
  });

  it("has the version and kind that the target serves", () => {
    const source = toDeployment({ replicas: 1 });
    const type = { ...DEPLOYMENTS, version: "v1beta2" };
    expect(toManifest(source, {}, { type })).toMatchObject({
      apiVersion: "apps/v1beta2",
      kind: "Deployment",
    });
  });

  it("has the labels and annotations that the rule sets, and not those that it removes", () => {
    const source = toSource({
      metadata: { labels: { a: "1", b: "2" }, annotations: { c: "3", d: "4" } },
    });
    const { metadata } = toManifest(source, {
      labels: { set: { a: "9", from: { cel: "cluster.name" } }, remove: ["b"] },
      annotations: { set: { e: { cel: "object.metadata.namespace" } }, remove: ["c"] },
    });
    expect(metadata.labels).toMatchObject({ a: "9", from: "prod-eu-1" });
    expect(metadata.labels).not.toHaveProperty("b");
    expect(metadata.annotations).toMatchObject({ d: "4", e: "shop" });
    expect(metadata.annotations).not.toHaveProperty("c");
  });

  it("has the fields that the rule sets, and not those that it removes", () => {
    const template = { spec: { containers: [{ name: "main", image: "a", command: ["x"] }] } };
    const source = toDeployment({ replicas: 3, paused: true, template });
    const written = {
      fields: {
        set: {
          "spec.replicas": { cel: "object.spec.replicas - 3" },
          "spec.template.spec.containers[name=main].image": "b",
          "spec.template.spec.nodeSelector.zone": "z",
        },
        remove: ["spec.paused", "spec.template.spec.containers[name=main].command"],
      },
    };
    expect(toManifest(source, written, { type: DEPLOYMENTS })["spec"]).toEqual({
      replicas: 0,
      template: {
        spec: { nodeSelector: { zone: "z" }, containers: [{ name: "main", image: "b" }] },
      },
    });
  });

  it("is as its source where that lacks the element that the rule changes", () => {
    const spec = { template: { spec: { containers: [{ name: "main", image: "a" }] } } };
    const set = { "spec.template.spec.containers[name=proxy].image": "b" };
    const remove = ["spec.template.spec.volumes[name=tmp]"];
    const manifest = toManifest(
      toDeployment(spec),
      { fields: { set, remove } },
      { type: DEPLOYMENTS },
    );
    expect(manifest["spec"]).toEqual(spec);
  });

  it("has the images of the mapped registry, by the first prefix that fits", () => {
    const containers = [
      { name: "a", image: "registry.a/shop/web:1" },
      { name: "b", image: "docker.io/nginx" },
    ];
    const spec = {
      template: { spec: { containers, initContainers: [{ image: "registry.a/x" }] } },
    };
    const images = [
      { from: "registry.a/shop/", to: "registry.b/s/" },
      { from: "registry.a/", to: "registry.b/" },
    ];
    expect(toManifest(toDeployment(spec), { images }, { type: DEPLOYMENTS })["spec"]).toEqual({
      template: {
        spec: {
          containers: [
            { name: "a", image: "registry.b/s/web:1" },
            { name: "b", image: "docker.io/nginx" },
          ],
          initContainers: [{ image: "registry.b/x" }],
        },
      },
    });
  });

  it("has the status of its source apart, only if the rule mirrors it", () => {
    const source = toSource({ status: { ready: true } });
    const [without, withStatus] = [{}, { status: true }].map((written) =>
      toDesired(source, toContext(written)),
    );
    expect(without).toMatchObject({ ok: true, value: { manifest: { kind: "ConfigMap" } } });
    expect(without?.ok === true && "status" in without.value).toBe(false);
    expect(withStatus).toMatchObject({ ok: true, value: { status: { ready: true } } });
    expect(withStatus?.ok === true && "status" in withStatus.value.manifest).toBe(false);
  });

  it("has its accounts in the mapped namespaces if it binds roles to them", () => {
    const type = {
      group: "rbac.authorization.k8s.io",
      version: "v1",
      resource: "rolebindings",
      kind: "RoleBinding",
      namespaced: true,
    };
    const account = { kind: "ServiceAccount", name: "web", namespace: "shop" };
    const others = ["staff", "system:serviceaccounts", "system:serviceaccounts:billing", 1];
    const subjects = [
      account,
      { kind: "User", name: "system:serviceaccount:shop:web" },
      { kind: "Group", name: "system:serviceaccounts:shop" },
      ...others.map((name) => ({ kind: "Group", name })),
    ];
    const written = { namespaces: { shop: "shop-dr" } };
    expect(toManifest(toSource({ subjects }), written, { type })["subjects"]).toEqual([
      { ...account, namespace: "shop-dr" },
      { kind: "User", name: "system:serviceaccount:shop-dr:web" },
      { kind: "Group", name: "system:serviceaccounts:shop-dr" },
      ...others.map((name) => ({ kind: "Group", name })),
    ]);
  });

  it.each([
    ["RuleError", { labels: { set: { team: { cel: "object.spec.team" } } } }],
    ["InvalidField", { fields: { set: { "data.colour.shade": "dark" } } }],
  ])("is refused with %s if the rule cannot make it", (code, written) => {
    const desired = toDesired(toSource({ data: { colour: "red" } }), toContext(written));
    expect(desired).toMatchObject({ ok: false, error: { code } });
  });
});

describe("the owners of a copy", () => {
  const owners = [
    { apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "a", controller: true },
    { apiVersion: "v1", kind: "ConfigMap", name: "root", uid: "b", blockOwnerDeletion: true },
  ];
  const source = toSource({ metadata: { ownerReferences: owners } });
  const twin = { apiVersion: "apps/v1", name: "eu-web", uid: "uid-of-twin" };

  it("are the copies of the source's owners, and the others are dropped with a note", () => {
    const desired = toDesired(source, toContext({}, { owners: new Map([["a", twin]]) }));
    expect(desired).toMatchObject({ ok: true, value: { droppedOwners: ["ConfigMap/root"] } });
    const { metadata } = toManifest(source, {}, { owners: new Map([["a", twin]]) });
    expect(metadata.ownerReferences).toEqual([{ ...twin, kind: "Deployment", controller: true }]);
    expect(metadata.annotations).toMatchObject({
      "kubemend.dev/dropped-owners": "ConfigMap/root",
    });
  });

  it("are the namespace kube-system of the target besides, so that a garbage collector never finds all owners gone", () => {
    const { metadata } = toManifest(
      source,
      {},
      { owners: new Map([["a", twin]]), targetUid: "uid-of-target" },
    );
    expect(metadata.ownerReferences).toEqual([
      { ...twin, kind: "Deployment", controller: true },
      { apiVersion: "v1", kind: "Namespace", name: "kube-system", uid: "uid-of-target" },
    ]);
  });

  it("are none if all are dropped", () => {
    const { metadata } = toManifest(source, {}, { targetUid: "uid-of-target" });
    expect(metadata.ownerReferences).toBeUndefined();
  });

  it("do not have what a source has from being a copy once", () => {
    const lasting = { apiVersion: "v1", kind: "Namespace", name: "kube-system", uid: "old" };
    const copiedOnce = toSource({ metadata: { ownerReferences: [lasting] } });
    const { metadata } = toManifest(copiedOnce, {}, { targetUid: "uid-of-target" });
    expect(metadata.ownerReferences).toBeUndefined();
    expect(metadata.annotations).not.toHaveProperty(["kubemend.dev/dropped-owners"]);
  });

  it("do not control a Job if they are CronJobs, which would delete it by their history limits", () => {
    const reference = {
      apiVersion: "batch/v1",
      kind: "CronJob",
      name: "nightly",
      uid: "c",
      controller: true,
    };
    const job = toSource({ metadata: { ownerReferences: [reference] } });
    const owner = { apiVersion: "batch/v1", name: "nightly", uid: "uid-of-copy" };
    const { metadata } = toManifest(job, {}, { owners: new Map([["c", owner]]) });
    expect(metadata.ownerReferences).toEqual([{ ...owner, kind: "CronJob" }]);
  });
});

it("a volume is reserved for the claim in the namespace to which the rule maps that of the source", () => {
  const [group, version, resource, kind, namespaced] = [
    "",
    "v1",
    "persistentvolumes",
    "PersistentVolume",
    false,
  ] as const;
  const claimRef = { kind: "PersistentVolumeClaim", namespace: "shop", name: "data", uid: "u" };
  const volume = toSource({ kind, spec: { claimRef } });
  const type = { group, version, resource, kind, namespaced };
  const { spec } = toManifest(volume, { namespaces: { shop: "shop-dr" } }, { type });
  expect(spec).toEqual({
    claimRef: { kind: "PersistentVolumeClaim", namespace: "shop-dr", name: "data" },
  });
});
