import type { Json } from "./remediation-world.ts";

export type CaseObject = {
  readonly resource: string;
  readonly kind: string;
  readonly fields: Json;
  readonly metadata?: Json;
};

/** An action on an object of its own, and what is true of that object afterwards; null if it is gone. */
export type ActionCase = {
  /** The controllers of the trigger, the topmost first: the action then changes that one. */
  readonly owners?: readonly CaseObject[];
  /** The objects that the trigger controls. */
  readonly owned?: readonly CaseObject[];
  readonly action: string;
  /** How the table of requests names the case, if not by its action; the others of an action are not in that table. */
  readonly variant?: string;
  readonly parameters: Json;
  readonly resource: string;
  readonly kind: string;
  readonly fields: Json;
  readonly expected: Json | null;
};

/** The API server adds it to a new Node. */
const NOT_READY = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };
const CONTAINERS = [{ name: "main", image: "registry.example/web:1" }];
const template = (more: Json = {}): Json => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ ...CONTAINERS[0], ...more }] },
});
const deployment = (
  more: Json = {},
  container: Json = {},
): Pick<ActionCase, "resource" | "kind" | "fields"> => ({
  resource: "deployments.apps",
  kind: "Deployment",
  fields: {
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "web" } },
      template: template(container),
      ...more,
    },
  },
});
const node = (spec: Json = {}): Pick<ActionCase, "resource" | "kind" | "fields"> => ({
  resource: "nodes",
  kind: "Node",
  fields: { spec },
});
const cronJob = (spec: Json = {}): Pick<ActionCase, "resource" | "kind" | "fields"> => ({
  resource: "cronjobs.batch",
  kind: "CronJob",
  fields: {
    spec: {
      schedule: "0 3 1 1 *",
      jobTemplate: {
        spec: { template: { spec: { restartPolicy: "Never", containers: CONTAINERS } } },
      },
      ...spec,
    },
  },
});
/** The object itself, found as one of many. */
const itself = (resource: string): Json => ({
  targets: {
    select: { resource, fieldSelector: { cel: '"metadata.name=" + object.metadata.name' } },
    atMost: 1,
  },
});
const replicaSet = (revision: number, image: string): CaseObject => ({
  resource: "replicasets.apps",
  kind: "ReplicaSet",
  metadata: {
    labels: { app: "web" },
    annotations: { "deployment.kubernetes.io/revision": String(revision) },
  },
  fields: {
    spec: { replicas: 0, selector: { matchLabels: { app: "web" } }, template: template({ image }) },
  },
});
const pod = { resource: "pods", kind: "Pod", fields: { spec: { containers: CONTAINERS } } };

/** One or more for each action that writes to an object, with its smallest parameters. */
export const ACTION_CASES: readonly ActionCase[] = [
  {
    action: "restartRollout",
    parameters: {},
    ...deployment(),
    expected: {
      spec: {
        template: {
          metadata: {
            annotations: {
              "kubemend.dev/depth": "1",
            },
          },
        },
      },
    },
  },
  {
    action: "restartRollout",
    variant: "restartRollout from a Pod",
    parameters: { target: { relation: "owner", kind: "Deployment" } },
    ...pod,
    owners: [deployment(), replicaSet(1, "registry.example/web:1")],
    expected: {
      kind: "Deployment",
      spec: { template: { metadata: { annotations: { "kubemend.dev/depth": "1" } } } },
    },
  },
  {
    action: "rollbackDeployment",
    parameters: {},
    ...deployment(),
    owned: [
      replicaSet(1, "registry.example/web:0"),
      replicaSet(3, "registry.example/web:1"),
      replicaSet(2, "registry.example/web:0.9"),
    ],
    expected: {
      metadata: {
        annotations: {
          "kubernetes.io/change-cause": "Kubemend rule rerun rolled back to revision 2",
        },
      },
      spec: {
        replicas: 2,
        template: {
          metadata: { labels: { app: "web" }, annotations: { "kubemend.dev/depth": "1" } },
          spec: { containers: [{ image: "registry.example/web:0.9" }] },
        },
      },
    },
  },
  {
    action: "scale",
    parameters: { replicas: { by: 3 }, max: 4 },
    ...deployment(),
    expected: { spec: { replicas: 4 } },
  },
  {
    action: "scale",
    parameters: { replicas: 0 },
    ...deployment(),
    expected: { spec: { replicas: 0 } },
  },
  {
    action: "setResources",
    parameters: { limits: { memory: { times: 2, max: "4Gi" } } },
    ...deployment({}, { resources: { limits: { memory: "512Mi" } } }),
    expected: {
      spec: { template: { spec: { containers: [{ resources: { limits: { memory: "1Gi" } } }] } } },
    },
  },
  { action: "suspend", parameters: {}, ...cronJob(), expected: { spec: { suspend: true } } },
  {
    action: "resume",
    parameters: {},
    ...cronJob({ suspend: true }),
    expected: { spec: { suspend: false } },
  },
  { action: "cordon", parameters: {}, ...node(), expected: { spec: { unschedulable: true } } },
  {
    action: "uncordon",
    parameters: {},
    ...node({ unschedulable: true, podCIDR: "10.0.0.0/24" }),
    expected: { spec: { podCIDR: "10.0.0.0/24" } },
  },
  {
    action: "taint",
    parameters: { key: "disk", value: "full", effect: "NoSchedule" },
    ...node({ taints: [{ key: "other", effect: "NoExecute" }] }),
    expected: {
      spec: {
        taints: [
          { key: "other", effect: "NoExecute" },
          NOT_READY,
          { key: "disk", value: "full", effect: "NoSchedule" },
        ],
      },
    },
  },
  {
    action: "untaint",
    parameters: { key: "disk", effect: "NoSchedule" },
    ...node({
      taints: [
        { key: "disk", effect: "NoSchedule" },
        { key: "other", effect: "NoExecute" },
      ],
    }),
    expected: {
      spec: {
        taints: [{ key: "other", effect: "NoExecute" }, NOT_READY],
      },
    },
  },
  {
    action: "label",
    parameters: { set: { team: { cel: '"of-" + object.kind' } } },
    ...deployment(),
    expected: { metadata: { labels: { team: "of-Deployment" } } },
  },
  {
    action: "annotate",
    parameters: { set: { "example.com/seen": "yes" } },
    ...deployment(),
    expected: { metadata: { annotations: { "example.com/seen": "yes" } } },
  },
  {
    action: "patch",
    parameters: {
      set: {
        "spec.template.spec.containers[name=main].image": "registry.example/web:2",
        "spec.minReadySeconds": { cel: "object.spec.replicas + 1" },
      },
      remove: ["spec.template.metadata.annotations.old"],
    },
    ...deployment(),
    expected: {
      spec: {
        minReadySeconds: 3,
        template: { spec: { containers: [{ image: "registry.example/web:2" }] } },
      },
    },
  },
  { action: "deleteObject", parameters: {}, ...deployment(), expected: null },
  { action: "evictPod", parameters: {}, ...pod, expected: null },
  {
    action: "restartRollout",
    parameters: itself("deployments.apps"),
    ...deployment(),
    expected: {
      spec: { template: { metadata: { annotations: { "kubemend.dev/depth": "1" } } } },
    },
  },
  {
    action: "scale",
    parameters: { ...itself("deployments.apps"), replicas: 5 },
    ...deployment(),
    expected: { spec: { replicas: 5 } },
  },
  { action: "deleteObject", parameters: itself("pods"), ...pod, expected: null },
  { action: "evictPod", parameters: itself("pods"), ...pod, expected: null },
];
