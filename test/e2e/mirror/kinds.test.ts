import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { createCopy, type CopyPlace } from "../../../adapters/kubernetes/mirror/write-copy.ts";
import { toResourcePath } from "../../../adapters/kubernetes/api/path.ts";
import { decideMirror } from "../../../core/mirror/decide-mirror.ts";
import { findDrift } from "../../../core/mirror/find-drift.ts";
import { judgeSource } from "../../../core/mirror/judge-source.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import type { KubernetesObject, ResourceType } from "../../../events/change.ts";
import type { ControlPlane } from "../../../sandbox/control-plane/control-plane.ts";
import { API_SERVERS, startApiServer } from "../../support/kubernetes/api-server.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { findCopyFaults } from "../../support/mirror/check-copy.ts";
import { toContext } from "../../support/mirror/mirror-case.ts";

const POD = {
  containers: [
    {
      name: "main",
      image: "registry.a/web:1",
      ports: [{ containerPort: 80 }, { containerPort: 81, protocol: "UDP" }],
      env: [
        { name: "A", value: "b" },
        { name: "B", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      ],
      resources: { requests: { cpu: "1000m", memory: "1024Mi" }, limits: { cpu: "2" } },
      readinessProbe: { httpGet: { path: "/", port: 80 } },
      volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
    },
  ],
  volumes: [{ name: "tmp", emptyDir: {} }],
  tolerations: [{ key: "a", operator: "Exists" }],
};
const LABELS = { app: "web" };
const TEMPLATE = { metadata: { labels: LABELS }, spec: POD };
const SELECTOR = { matchLabels: LABELS };

/** An object of each of these resources, as somebody would create it. */
const CASES: readonly (readonly [resource: string, fields: object])[] = [
  ["configmaps", { data: { a: "b" }, binaryData: { c: "AAAA" }, immutable: false }],
  ["secrets", { type: "Opaque", stringData: { a: "b" } }],
  ["services", { spec: { selector: LABELS, ports: [{ port: 80, targetPort: 8080 }] } }],
  [
    "services",
    {
      spec: {
        clusterIP: "None",
        selector: LABELS,
        ports: [
          { name: "a", port: 80 },
          { name: "b", port: 80, protocol: "UDP" },
        ],
      },
    },
  ],
  ["services", { spec: { type: "NodePort", selector: LABELS, ports: [{ port: 80 }] } }],
  ["services", { spec: { type: "ExternalName", externalName: "a.example" } }],
  ["serviceaccounts", { imagePullSecrets: [{ name: "pull" }] }],
  [
    "persistentvolumeclaims",
    { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1024Mi" } } } },
  ],
  ["pods", { spec: POD }],
  ["resourcequotas", { spec: { hard: { cpu: "1000m" } } }],
  ["limitranges", { spec: { limits: [{ type: "Container", default: { cpu: "100m" } }] } }],
  ["deployments.apps", { spec: { replicas: 2, selector: SELECTOR, template: TEMPLATE } }],
  [
    "statefulsets.apps",
    {
      spec: {
        serviceName: "web",
        selector: SELECTOR,
        template: TEMPLATE,
        volumeClaimTemplates: [
          {
            metadata: { name: "data" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
          },
        ],
      },
    },
  ],
  ["daemonsets.apps", { spec: { selector: SELECTOR, template: TEMPLATE } }],
  [
    "jobs.batch",
    {
      spec: { ttlSecondsAfterFinished: 60, template: { spec: { ...POD, restartPolicy: "Never" } } },
    },
  ],
  [
    "cronjobs.batch",
    {
      spec: {
        schedule: "0 * * * *",
        jobTemplate: { spec: { template: { spec: { ...POD, restartPolicy: "Never" } } } },
      },
    },
  ],
  [
    "horizontalpodautoscalers.autoscaling",
    {
      spec: {
        maxReplicas: 3,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        metrics: [
          {
            type: "Resource",
            resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
          },
        ],
      },
    },
  ],
  ["poddisruptionbudgets.policy", { spec: { minAvailable: "50%", selector: SELECTOR } }],
  [
    "networkpolicies.networking.k8s.io",
    { spec: { podSelector: {}, ingress: [{ from: [{ podSelector: SELECTOR }] }] } },
  ],
  ["networkpolicies.networking.k8s.io", { spec: { podSelector: {}, policyTypes: ["Ingress"] } }],
  [
    "ingresses.networking.k8s.io",
    {
      spec: {
        rules: [
          {
            host: "a.example",
            http: {
              paths: [
                {
                  path: "/",
                  pathType: "Prefix",
                  backend: { service: { name: "web", port: { number: 80 } } },
                },
              ],
            },
          },
        ],
      },
    },
  ],
  [
    "roles.rbac.authorization.k8s.io",
    { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
  ],
  [
    "rolebindings.rbac.authorization.k8s.io",
    {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "a" },
      subjects: [{ kind: "ServiceAccount", name: "web", namespace: "shop" }],
    },
  ],
];

const NAMESPACES = { shop: "shop-dr" };

function toType(resource: string): ResourceType {
  const entry = findResource(builtinCatalog(), resource);
  if (entry === undefined) throw new Error(resource);
  const { group, version, resource: plural, kind, namespaced } = entry;
  return { group, version, resource: plural, kind, namespaced };
}

const [NEWEST, OLDER] = API_SERVERS;
const PAIRS = [
  [NEWEST, OLDER],
  [OLDER, NEWEST],
] as const;

describe.each(PAIRS)("from Kubernetes %s to %s, a copy", (from, to) => {
  const folders = [temporaryFolder(), temporaryFolder()] as const;
  const planes: ControlPlane[] = [];
  const clients: KubernetesClient[] = [];

  beforeAll(async () => {
    for (const [index, version] of [from, to].entries()) {
      const plane = await startApiServer(version, folders[index]?.path ?? "");
      planes.push(plane);
      const client = await connectKubeConfig({ kubeconfig: plane.kubeconfig });
      clients.push(client);
      const name = index === 0 ? "shop" : "shop-dr";
      const body = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
      await client.request({ method: "POST", path: "/api/v1/namespaces", body });
      const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } };
      const path = `/api/v1/namespaces/${name}/serviceaccounts`;
      await client.request({ method: "POST", path, body: account });
    }
  });

  afterAll(async () => {
    for (const client of clients) await client.close();
    for (const plane of planes) await plane.stop();
    for (const folder of folders) folder[Symbol.dispose]();
  });

  it.each(CASES.map(([resource, fields], index) => [resource, index, fields] as const))(
    "of one of %s (%i) is everything that it is to be, and needs nothing more",
    async (resource, index, fields) => {
      const [source, target] = clients;
      if (source === undefined || target === undefined) throw new Error("no clusters");
      const type = toType(resource);
      const name = `x${index}`;
      const place = { namespace: "shop", name };
      const at = { ...type, ...place };
      const copyAt = { ...type, namespace: "shop-dr", name };
      const apiVersion = type.group === "" ? type.version : `${type.group}/${type.version}`;
      const body = { apiVersion, kind: type.kind, metadata: { name, labels: LABELS }, ...fields };
      const path = toResourcePath(at).slice(0, -name.length - 1);
      const created = await source.request<KubernetesObject>({ method: "POST", path, body });
      const live = { ...created, apiVersion, kind: type.kind };

      const context = toContext(
        { namespaces: NAMESPACES },
        { type, rule: { id: "mirror-it", on: { resource, changes: [] }, then: [] } },
      );
      const judged = judgeSource(live, context);
      if (judged.outcome !== "mirrored") throw new Error(JSON.stringify(judged));
      const { manifest } = judged.desired;
      const written = await createCopy(toPlace(target, copyAt), manifest);
      expect(written.outcome).toBe("written");
      const copy = await target.request<KubernetesObject>({
        method: "GET",
        path: toResourcePath(copyAt),
      });

      const rules = {
        rule: "mirror-it",
        clusterUid: context.cluster.uid,
        namespaces: NAMESPACES,
      };
      expect(findCopyFaults(live, copy, rules, "stored")).toEqual([]);
      expect(findDrift(manifest, copy)).toEqual([]);
      const state = {
        rule: { id: "mirror-it" },
        mirror: context.mirror,
        clusterUid: context.cluster.uid,
      };
      const decided = decideMirror({
        ...state,
        place,
        source: judged,
        target: copy,
        targetUid: "uid-of-cluster-b",
        isCopiedBack: false,
        otherRules: new Set(),
      });
      expect(decided).toEqual({ outcome: "nothing", reason: "inSync" });
    },
  );
});

function toPlace(client: KubernetesClient, target: CopyPlace["target"]): CopyPlace {
  return { client, target, signal: undefined };
}
