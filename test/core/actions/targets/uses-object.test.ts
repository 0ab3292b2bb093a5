import { describe, expect, it } from "vitest";
import { usesObject } from "../../../../core/actions/targets/uses-object.ts";

type Json = Readonly<Record<string, unknown>>;

const deployment = (spec: Json): Json => ({
  kind: "Deployment",
  metadata: { name: "web" },
  spec: { template: { spec } },
});
const container = (fields: Json): Json => ({
  containers: [{ name: "a" }, { name: "b", ...fields }],
});
const variable = (valueFrom: Json): Json => ({
  env: [
    { name: "A", value: "x" },
    { name: "B", valueFrom },
  ],
});
const volume = (source: Json): Json => ({ volumes: [{ name: "v", ...source }] });
const projected = (source: Json): Json =>
  volume({ projected: { sources: [{ downwardAPI: {} }, source] } });

describe("a Pod template uses", () => {
  it.each<readonly [string, Json]>([
    ["ConfigMap", container({ envFrom: [{ configMapRef: { name: "x" } }] })],
    ["ConfigMap", container(variable({ configMapKeyRef: { name: "x", key: "k" } }))],
    ["ConfigMap", { initContainers: [{ envFrom: [{ configMapRef: { name: "x" } }] }] }],
    [
      "ConfigMap",
      { ephemeralContainers: [variable({ configMapKeyRef: { name: "x", key: "k" } })] },
    ],
    ["ConfigMap", volume({ configMap: { name: "x" } })],
    ["ConfigMap", projected({ configMap: { name: "x" } })],
    ["Secret", container({ envFrom: [{ secretRef: { name: "x" } }] })],
    ["Secret", container(variable({ secretKeyRef: { name: "x", key: "k" } }))],
    ["Secret", volume({ secret: { secretName: "x" } })],
    ["Secret", projected({ secret: { name: "x" } })],
    ["Secret", volume({ csi: { driver: "d", nodePublishSecretRef: { name: "x" } } })],
    ["Secret", volume({ azureFile: { secretName: "x", shareName: "s" } })],
    ["Secret", { imagePullSecrets: [{ name: "other" }, { name: "x" }] }],
    ["PersistentVolumeClaim", volume({ persistentVolumeClaim: { claimName: "x" } })],
    ["ServiceAccount", { serviceAccountName: "x" }],
    ["ServiceAccount", { serviceAccount: "x" }],
  ])("a %s by %j", (kind, spec) => {
    expect(usesObject(deployment(spec), kind, "x")).toBe(true);
    expect(usesObject(deployment(spec), kind, "y")).toBe(false);
    const cronJob = { spec: { jobTemplate: { spec: { template: { spec } } } } };
    expect(usesObject(cronJob, kind, "x")).toBe(true);
    expect(usesObject({ kind: "Pod", spec }, kind, "x")).toBe(true);
  });

  it("nothing of another kind with the same name", () => {
    const both = deployment({ ...volume({ configMap: { name: "x" } }), serviceAccountName: "x" });
    expect(
      ["Secret", "PersistentVolumeClaim", "Node"].filter((kind) => usesObject(both, kind, "x")),
    ).toEqual([]);
  });

  it("the ServiceAccount default, if it names none", () => {
    expect(usesObject(deployment({}), "ServiceAccount", "default")).toBe(true);
    expect(usesObject(deployment({ serviceAccountName: "x" }), "ServiceAccount", "default")).toBe(
      false,
    );
    expect(usesObject({ kind: "Node", spec: {} }, "ServiceAccount", "default")).toBe(false);
  });

  it("the claims of a StatefulSet, by their names", () => {
    const set = {
      kind: "StatefulSet",
      metadata: { name: "db" },
      spec: { volumeClaimTemplates: [{ metadata: { name: "data" } }], template: { spec: {} } },
    };
    const names = ["data-db-0", "data-db-12", "data-db", "data-db-x", "log-db-0", "data-db2-0"];
    expect(names.filter((name) => usesObject(set, "PersistentVolumeClaim", name))).toEqual([
      "data-db-0",
      "data-db-12",
    ]);
  });

  it.each([
    null,
    [],
    "x",
    { spec: null },
    { spec: { template: { spec: { volumes: [null, 1] } } } },
  ])("nothing, if the object is %j", (object) => {
    for (const kind of ["ConfigMap", "Secret", "PersistentVolumeClaim", "ServiceAccount"]) {
      expect(usesObject(object, kind, "x")).toBe(false);
    }
  });
});
