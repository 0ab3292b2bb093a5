import { describe, expect, it } from "vitest";
import { findBond } from "../../../core/mirror/bound-to-cluster.ts";
import { prune } from "../../../core/mirror/prune.ts";

const LABELS = {
  "controller-uid": "u",
  "job-name": "j",
  "batch.kubernetes.io/controller-uid": "u",
  "batch.kubernetes.io/job-name": "j",
  app: "shop",
};

describe("what is left out of", () => {
  it.each<[string, object, object]>([
    [
      "services",
      { spec: { clusterIP: "10.0.0.1", clusterIPs: ["10.0.0.1"], type: "ClusterIP" } },
      { spec: { type: "ClusterIP" } },
    ],
    [
      "services",
      { spec: { clusterIP: "None", clusterIPs: ["None"] } },
      { spec: { clusterIP: "None", clusterIPs: ["None"] } },
    ],
    ["services", { spec: { ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" } }, { spec: {} }],
    [
      "services",
      { spec: { ipFamilies: ["IPv4", "IPv6"], ipFamilyPolicy: "RequireDualStack" } },
      { spec: { ipFamilyPolicy: "RequireDualStack" } },
    ],
    [
      "services",
      { spec: { healthCheckNodePort: 1, ports: [{ port: 80, nodePort: 30080 }] } },
      { spec: { ports: [{ port: 80 }] } },
    ],
    [
      "clusterroles.rbac.authorization.k8s.io",
      { aggregationRule: { clusterRoleSelectors: [] }, rules: [{ verbs: ["get"] }] },
      { aggregationRule: { clusterRoleSelectors: [] } },
    ],
    [
      "clusterroles.rbac.authorization.k8s.io",
      { rules: [{ verbs: ["get"] }] },
      { rules: [{ verbs: ["get"] }] },
    ],
    [
      "serviceaccounts",
      { secrets: [{ name: "a" }], imagePullSecrets: [{ name: "b" }] },
      { imagePullSecrets: [{ name: "b" }] },
    ],
    [
      "persistentvolumeclaims",
      { spec: { volumeName: "pv-1", storageClassName: "fast" } },
      { spec: { storageClassName: "fast" } },
    ],
    [
      "persistentvolumes",
      {
        spec: {
          claimRef: { namespace: "shop", name: "data", uid: "u", resourceVersion: "7" },
          nfs: {},
        },
      },
      { spec: { claimRef: { namespace: "shop", name: "data" }, nfs: {} } },
    ],
    [
      "namespaces",
      {
        metadata: { labels: { "kubernetes.io/metadata.name": "shop", a: "b" } },
        spec: { finalizers: ["kubernetes"] },
      },
      { metadata: { labels: { a: "b" } } },
    ],
    [
      "jobs.batch",
      {
        metadata: { labels: LABELS },
        spec: {
          selector: { matchLabels: LABELS },
          ttlSecondsAfterFinished: 60,
          template: { metadata: { labels: LABELS } },
        },
      },
      {
        metadata: { labels: { app: "shop" } },
        spec: { template: { metadata: { labels: { app: "shop" } } } },
      },
    ],
    [
      "jobs.batch",
      { spec: { manualSelector: true, selector: { matchLabels: { a: "b" } } } },
      { spec: { manualSelector: true, selector: { matchLabels: { a: "b" } } } },
    ],
    [
      "cronjobs.batch",
      {
        spec: {
          jobTemplate: {
            metadata: { creationTimestamp: null },
            spec: { template: { metadata: { creationTimestamp: null, labels: {} } } },
          },
        },
      },
      { spec: { jobTemplate: { metadata: {}, spec: { template: { metadata: { labels: {} } } } } } },
    ],
    [
      "statefulsets.apps",
      {
        spec: {
          volumeClaimTemplates: [
            { metadata: { name: "a", creationTimestamp: null }, status: { phase: "Pending" } },
          ],
        },
      },
      {
        spec: { volumeClaimTemplates: [{ metadata: { name: "a" }, status: { phase: "Pending" } }] },
      },
    ],
    [
      "networkpolicies.networking.k8s.io",
      { spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], egress: [{ to: [] }] } },
      {
        spec: {
          podSelector: {},
          policyTypes: ["Ingress", "Egress"],
          ingress: [],
          egress: [{ to: [] }],
        },
      },
    ],
    [
      "pods",
      {
        spec: {
          nodeName: "n",
          priority: 0,
          preemptionPolicy: "x",
          overhead: {},
          ephemeralContainers: [],
          restartPolicy: "Never",
        },
      },
      { spec: { restartPolicy: "Never" } },
    ],
    [
      "widgets.example.com",
      { spec: { clusterIP: "10.0.0.1", nodeName: "n" } },
      { spec: { clusterIP: "10.0.0.1", nodeName: "n" } },
    ],
  ])("%s %j is the rest", (resource, object, left) => {
    expect(prune(object, resource)).toEqual(left);
  });

  it("a Pod's token is its volume and where that is mounted", () => {
    const token = { name: "kube-api-access-x7k2p" };
    const spec = {
      volumes: [{ name: "data" }, token],
      containers: [{ name: "main", volumeMounts: [{ name: "data" }, token] }],
      initContainers: [{ name: "init", volumeMounts: [token] }],
    };
    expect(prune({ spec }, "pods")).toEqual({
      spec: {
        volumes: [{ name: "data" }],
        containers: [{ name: "main", volumeMounts: [{ name: "data" }] }],
        initContainers: [{ name: "init" }],
      },
    });
  });

  it("a Pod that has no volume but its token's has no list of volumes, which would say that the target may add none", () => {
    const token = { name: "kube-api-access-x7k2p" };
    const spec = { volumes: [token], containers: [{ name: "main", volumeMounts: [token] }] };
    expect(prune({ spec }, "pods")).toEqual({ spec: { containers: [{ name: "main" }] } });
  });

  it.each([
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "control-plane.alpha.kubernetes.io/leader",
    "pv.kubernetes.io/bound-by-controller",
    "volume.kubernetes.io/selected-node",
    "kubemend.dev/cause",
    "kubemend.dev/source-uid",
    "kubemend.dev/remediate",
  ])("the annotations is %s", (key) => {
    const annotations = { [key]: "x", own: "y" };
    expect(prune({ metadata: { annotations } }, "configmaps")).toEqual({
      metadata: { annotations: { own: "y" } },
    });
  });

  it.each([
    null,
    [],
    "text",
    1,
    {},
    { metadata: null, spec: "x" },
    { spec: { ports: {}, template: [] } },
  ])("%j is found without an exception", (value) => {
    for (const resource of ["services", "pods", "jobs.batch", "statefulsets.apps"]) {
      expect(() => prune(value, resource)).not.toThrow();
    }
  });
});

describe("an object that means something only in its own cluster", () => {
  it.each<[string, object]>([
    ["configmaps", { metadata: { name: "kube-root-ca.crt" } }],
    ["secrets", { type: "kubernetes.io/service-account-token" }],
    [
      "endpoints",
      { metadata: { annotations: { "endpoints.kubernetes.io/last-change-trigger-time": "x" } } },
    ],
    [
      "endpointslices.discovery.k8s.io",
      {
        metadata: {
          labels: { "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io" },
        },
      },
    ],
    ["pods", { metadata: { annotations: { "kubernetes.io/config.mirror": "x" } } }],
  ])("is one of %s: %j", (resource, object) => {
    expect(findBond(object, resource)).toBeTypeOf("string");
  });

  it.each<[string, object]>([
    ["configmaps", { metadata: { name: "settings" } }],
    ["secrets", { type: "Opaque" }],
    ["endpoints", { metadata: { name: "by-hand" } }],
    ["endpointslices.discovery.k8s.io", { metadata: { name: "by-hand" } }],
    ["pods", {}],
  ])("is not one of %s: %j", (resource, object) => {
    expect(findBond(object, resource)).toBeUndefined();
  });
});
