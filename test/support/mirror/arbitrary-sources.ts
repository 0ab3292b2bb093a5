import fc from "fast-check";
import type { KubernetesObject, ResourceType } from "../../../events/change.ts";

/** A source as an API server answers, with everything that servers and controllers write. */
export type ArbitrarySource = { readonly type: ResourceType; readonly source: KubernetesObject };

const word = fc.stringMatching(/^[a-z]([-a-z0-9]{0,8}[a-z0-9])?$/);
const scalar = fc.oneof(fc.string({ maxLength: 8 }), fc.integer(), fc.boolean());
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    scalar,
    fc.dictionary(word, tie("value"), { maxKeys: 3 }),
    fc.array(tie("value"), { maxLength: 3 }),
  ),
})).value;

const key = fc.oneof(
  word,
  fc.constantFrom(
    "app.kubernetes.io/name",
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "pv.kubernetes.io/bind-completed",
    "kubemend.dev/cause",
    "kubemend.dev/remediate",
    "job-name",
    "batch.kubernetes.io/controller-uid",
  ),
);
const marks = fc.dictionary(key, fc.string({ maxLength: 8 }), { maxKeys: 5 });

const metadata = fc.record(
  {
    name: word,
    namespace: fc.constantFrom("shop", "billing"),
    uid: fc.uuid(),
    resourceVersion: fc.integer({ min: 1 }).map(String),
    generation: fc.nat(),
    creationTimestamp: fc.constant("2026-03-01T10:00:00Z"),
    finalizers: fc.array(word, { maxLength: 2 }),
    generateName: word,
    managedFields: fc.constant([{ manager: "kubectl", operation: "Update" }]),
    labels: marks,
    annotations: marks,
  },
  { requiredKeys: ["name", "namespace", "uid", "resourceVersion"] },
);

const image = fc.constantFrom(
  "registry.a/web:1",
  "docker.io/registry.a/web",
  "registry.a/x/y@sha256:0",
  "nginx",
  "registry.b/z",
);
const container = fc.record(
  { name: word, image, args: fc.array(fc.string({ maxLength: 4 }), { maxLength: 2 }), env: json },
  { requiredKeys: ["name", "image"] },
);
const podSpec = fc.record(
  {
    containers: fc.array(container, { minLength: 1, maxLength: 2 }),
    initContainers: fc.array(container, { maxLength: 1 }),
    nodeName: word,
    priority: fc.nat(),
    nodeSelector: fc.dictionary(word, word, { maxKeys: 2 }),
  },
  { requiredKeys: ["containers"] },
);
const template = fc.record({
  metadata: fc.record({ labels: marks, creationTimestamp: fc.constant(null) }),
  spec: podSpec.map(({ nodeName: _node, priority: _priority, ...spec }) => spec),
});

const service = fc.record({
  type: fc.constantFrom("ClusterIP", "NodePort"),
  clusterIP: fc.constantFrom("10.0.0.1", "None"),
  clusterIPs: fc.constant(["10.0.0.1"]),
  ipFamilies: fc.constant(["IPv4"]),
  ipFamilyPolicy: fc.constantFrom("SingleStack", "PreferDualStack"),
  ports: fc.array(fc.record({ port: fc.nat(65_535), nodePort: fc.nat(65_535), name: word }), {
    maxLength: 2,
  }),
});
const claim = fc.record({ volumeName: word, accessModes: fc.constant(["ReadWriteOnce"]) });
const job = fc.record(
  {
    template,
    selector: fc.constant({ matchLabels: { "controller-uid": "u" } }),
    ttlSecondsAfterFinished: fc.nat(),
    backoffLimit: fc.nat(),
  },
  { requiredKeys: ["template"] },
);
const deployment = fc.record({ replicas: fc.nat(9), template });

function toType(apiVersion: string, kind: string, resource: string): ResourceType {
  const [version = "", group = ""] = apiVersion.split("/").toReversed();
  return { group, version, resource, kind, namespaced: true };
}

function ofKind(
  apiVersion: string,
  kind: string,
  resource: string,
  body: fc.Arbitrary<object>,
): fc.Arbitrary<ArbitrarySource> {
  const type = toType(apiVersion, kind, resource);
  return fc.tuple(metadata, body, json).map(([own, fields, status]) => ({
    type,
    source: { apiVersion, kind, metadata: own, ...fields, status },
  }));
}

const withSpec = (spec: fc.Arbitrary<object>): fc.Arbitrary<object> => fc.record({ spec });

/** Objects of built-in and custom resources. */
export const arbitrarySource: fc.Arbitrary<ArbitrarySource> = fc.oneof(
  ofKind("v1", "ConfigMap", "configmaps", fc.record({ data: fc.dictionary(word, fc.string()) })),
  ofKind("v1", "Service", "services", withSpec(service)),
  ofKind("v1", "PersistentVolumeClaim", "persistentvolumeclaims", withSpec(claim)),
  ofKind("v1", "ServiceAccount", "serviceaccounts", fc.record({ secrets: json })),
  ofKind("v1", "Pod", "pods", withSpec(podSpec)),
  ofKind("batch/v1", "Job", "jobs", withSpec(job)),
  ofKind("apps/v1", "Deployment", "deployments", withSpec(deployment)),
  ofKind("example.com/v1", "Widget", "widgets", fc.record({ spec: json, extra: json })),
);
