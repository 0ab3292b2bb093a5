import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  findLeftReferences,
  findLinks,
  toMembers,
} from "../../../../core/move/plan/left-references.ts";

describe("references of an object that moves", () => {
  it("are any kind and name beside an apiVersion or group, and any field called Ref", () => {
    const object = {
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "Cluster",
      metadata: { name: "web", namespace: "shop" },
      spec: {
        infrastructureRef: { apiVersion: "infra/v1", kind: "DockerCluster", name: "web" },
        topology: { template: { apiGroup: "x", kind: "Template", name: "t", namespace: "other" } },
        bootstrap: { dataSecretName: "data" },
        poolRef: { name: "pool" },
        plain: { kind: "NotARef", name: "x" },
      },
      status: { someRef: { name: "not-looked-at" } },
    };
    expect(findLinks(object).toSorted((a, b) => (a.field < b.field ? -1 : 1))).toEqual([
      { field: "spec.bootstrap.dataSecretName", kind: "Secret", name: "data" },
      { field: "spec.infrastructureRef", kind: "DockerCluster", name: "web" },
      { field: "spec.poolRef", name: "pool" },
      { field: "spec.topology.template", kind: "Template", namespace: "other", name: "t" },
    ]);
  });

  it("are the ConfigMaps, Secrets, claims and accounts of Pod templates", () => {
    const pod = {
      serviceAccountName: "runner",
      volumes: [
        { name: "a", configMap: { name: "settings" } },
        { name: "b", secret: { secretName: "tls" } },
        { name: "c", persistentVolumeClaim: { claimName: "data" } },
      ],
      containers: [{ env: [{ valueFrom: { secretKeyRef: { name: "password", key: "k" } } }] }],
    };
    const kinds = findLinks({ spec: { template: { spec: pod } } }).map(
      ({ kind, name }) => `${kind} ${name}`,
    );
    expect(kinds.toSorted()).toEqual([
      "ConfigMap settings",
      "PersistentVolumeClaim data",
      "Secret password",
      "Secret tls",
      "ServiceAccount runner",
    ]);
  });

  it("are the values and the predecessors of a HelmRelease", () => {
    const release = {
      apiVersion: "helm.toolkit.fluxcd.io/v2",
      kind: "HelmRelease",
      metadata: { name: "shop" },
      spec: {
        dependsOn: [{ name: "db" }, { name: "mesh", namespace: "infra" }],
        valuesFrom: [
          { kind: "ConfigMap", name: "values" },
          { kind: "Secret", name: "keys" },
        ],
      },
    };
    expect(findLinks(release)).toEqual(
      expect.arrayContaining([
        { field: "spec.dependsOn[0]", kind: "HelmRelease", name: "db" },
        { field: "spec.dependsOn[1]", kind: "HelmRelease", name: "mesh", namespace: "infra" },
        { field: "spec.valuesFrom[0]", kind: "ConfigMap", name: "values" },
        { field: "spec.valuesFrom[1]", kind: "Secret", name: "keys" },
      ]),
    );
    // Steps of a workflow of another tool.
    expect(
      findLinks({ ...release, apiVersion: "x.io/v1", spec: { dependsOn: [{ name: "a" }] } }),
    ).toEqual([]);
  });

  it("are the Service of a webhook, and the Endpoints of a Service that selects no Pods", () => {
    const service = { name: "hooks", namespace: "infra" };
    expect(findLinks({ webhooks: [{ clientConfig: { service } }] })).toMatchObject([
      { kind: "Service", name: "hooks", namespace: "infra" },
    ]);
    const outside = { apiVersion: "v1", kind: "Service", metadata: { name: "db" } };
    expect(findLinks({ ...outside, spec: {} })).toEqual([
      { field: "metadata.name", kind: "Endpoints", name: "db" },
    ]);
    expect(findLinks({ ...outside, spec: { selector: { app: "db" } } })).toEqual([]);
    expect(findLinks({ ...outside, spec: { type: "ExternalName" } })).toEqual([]);
  });

  it("are left if what they name does not move, by kind, namespace and name", () => {
    const members = toMembers([
      { kind: "Secret", namespace: "shop", name: "moves" },
      { kind: "Class", namespace: null, name: "wide" },
    ]);
    const object = {
      spec: {
        aRef: { kind: "Secret", name: "moves" },
        bRef: { kind: "ConfigMap", name: "moves" },
        cRef: { kind: "Secret", name: "moves", namespace: "other" },
        dRef: { kind: "Class", name: "wide" },
        eRef: { name: "moves" },
      },
    };
    const left = findLeftReferences(object, { name: "Thing shop/x", namespace: "shop" }, members);
    expect(left.map(({ field, refersTo }) => [field, refersTo])).toEqual([
      ["spec.bRef", "ConfigMap shop/moves"],
      ["spec.cRef", "Secret other/moves"],
    ]);
  });

  it("are looked for in any JSON without failing", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const flux = { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease" };
        const service = { apiVersion: "v1", kind: "Service", metadata: value };
        return [value, { ...flux, spec: { dependsOn: value } }, { ...service, spec: value }].every(
          (object) => Array.isArray(findLinks(object)),
        );
      }),
    );
  });
});
