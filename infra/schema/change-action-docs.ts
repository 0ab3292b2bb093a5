import type { KeyDoc, KeyGroup } from "./key-doc.ts";
import { GRACE, MANAGED, toGroup, toTargetDoc } from "./change-key-docs.ts";

const NODE = toTargetDoc("The Node", "target: { name: worker-1 }");
const taintKeys: readonly KeyDoc[] = [
  NODE,
  { key: "key", description: "The key of the taint.", example: "key: disk\neffect: NoSchedule" },
  {
    key: "effect",
    description: "NoSchedule, PreferNoSchedule or NoExecute.",
    example: "key: disk\neffect: NoExecute",
  },
  MANAGED,
];

function toLabelDocs(what: string): readonly KeyDoc[] {
  return [
    toTargetDoc("The object", "target: { resource: deployments.apps, name: web }"),
    {
      key: "set",
      description: `The ${what} that are set: a text, or { cel: <expression> } that gives one.`,
      default: "none",
      example: "set: { team: data, node: { cel: object.spec.nodeName } }",
    },
    {
      key: "remove",
      description: `The ${what} that are removed.`,
      default: "none",
      example: "remove: [old]",
    },
    MANAGED,
  ];
}

const suspendKeys: readonly KeyDoc[] = [
  toTargetDoc(
    "The CronJob, the Job, or an object of another resource that has spec.suspend",
    "target: { relation: owner, kind: CronJob }",
  ),
  MANAGED,
];

export const CHANGE_ACTION_DOCS: Readonly<Record<string, KeyGroup>> = Object.fromEntries([
  toGroup(
    "restartRollout",
    "Replaces the Pods of a Deployment, StatefulSet or DaemonSet by its own strategy, as `kubectl rollout restart` does. Verified: all Pods are new and available.",
    [toTargetDoc("The workload", "target: { resource: deployments.apps, name: web }")],
  ),
  toGroup(
    "rollbackDeployment",
    "Returns a Deployment to an earlier revision, by the Pod template of one of its ReplicaSets, as `kubectl rollout undo` does. Verified: all Pods are new and available.",
    [
      toTargetDoc("The Deployment", "target: { relation: owner, kind: Deployment }"),
      {
        key: "toRevision",
        description:
          "The number of a revision, as kubectl rollout history lists them. Left out, it is the version before the present one: a version from which the Deployment has been rolled back does not count.",
        default: "the version before",
        example: "toRevision: 4",
      },
      MANAGED,
    ],
  ),
  toGroup(
    "scale",
    "Sets the number of replicas of anything that has a scale subresource. Verified: all Pods are ready.",
    [
      toTargetDoc(
        "What is scaled",
        "target: { relation: involved, kind: Deployment }\nreplicas: 3",
      ),
      {
        key: "replicas",
        description:
          "A number, { by: 1 } from what it is, or { cel: <expression> }; min and max bound the result.",
        example: "replicas: { by: 2 }\nmax: 10",
      },
      {
        key: "min",
        description: "The result is never lower. Without it, a result below 0 is refused.",
        example: "replicas: { by: -1 }\nmin: 1",
      },
      {
        key: "max",
        description: "The result is never higher.",
        example: "replicas: { by: 1 }\nmax: 5",
      },
      {
        key: "autoscaled",
        description:
          "refuse, if a HorizontalPodAutoscaler scales the object, because it would set it back; act does not ask.",
        default: "refuse",
        example: "replicas: 3\nautoscaled: act",
      },
      MANAGED,
    ].map((doc) => (doc === MANAGED ? { ...doc, example: "replicas: 3\nmanaged: act" } : doc)),
  ),
  toGroup(
    "setResources",
    "Sets requests and limits of a container in the Pod template of a Deployment, StatefulSet, DaemonSet or CronJob. Verified: all Pods are new and available.",
    [
      toTargetDoc("The workload", "target: { relation: controller, kind: StatefulSet }"),
      {
        key: "container",
        description: "Its name; it may be left out if there is only one.",
        example: "container: main",
      },
      {
        key: "requests",
        description:
          "By resource: a quantity, { cel: <expression> }, or { times, max } from what it is.",
        default: "none",
        example: "requests: { cpu: 250m }",
      },
      {
        key: "limits",
        description:
          "By resource: a quantity, { cel: <expression> }, or { times, max } from what it is.",
        default: "none",
        example: "limits: { memory: { times: 1.5, max: 4Gi } }",
      },
      MANAGED,
    ],
  ),
  toGroup("suspend", "Sets spec.suspend.", suspendKeys),
  toGroup("resume", "Sets spec.suspend to false.", suspendKeys),
  toGroup("cordon", "Lets no new Pods start on a Node.", [NODE, MANAGED]),
  toGroup("uncordon", "Lets Pods start on a Node again.", [NODE, MANAGED]),
  toGroup(
    "taint",
    "Adds a taint to a Node, or replaces the value of the one with this key and effect.",
    [
      ...taintKeys,
      {
        key: "value",
        description: "The value of the taint.",
        example: "key: disk\nvalue: full\neffect: NoSchedule",
      },
    ].map((doc) => withTaint(doc)),
  ),
  toGroup(
    "untaint",
    "Removes the taint with this key and effect from a Node.",
    taintKeys.map((doc) => withTaint(doc)),
  ),
  toGroup("label", "Sets and removes labels.", toLabelDocs("labels")),
  toGroup("annotate", "Sets and removes annotations.", toLabelDocs("annotations")),
  toGroup(
    "patch",
    "Sets and removes single fields of any object. Verified, if a Pod template was changed: all Pods are new and available.",
    [
      toTargetDoc("The object", "target: { resource: widgets.example.com, name: a }"),
      {
        key: "set",
        description:
          "By path: a value, or { cel: <expression> }. An element of a list is named by its values: containers[name=main].image. Outside status, and of metadata only labels and annotations.",
        default: "none",
        example:
          'set: { "spec.template.spec.containers[name=main].image": "registry.example/web:2" }',
      },
      {
        key: "remove",
        description: "The paths of fields that are removed.",
        default: "none",
        example: "remove: [spec.paused]",
      },
      MANAGED,
    ],
  ),
  toGroup("deleteObject", "Deletes one object, by its uid. Verified: it is gone.", [
    toTargetDoc("The object", "target: { resource: pods, name: web-1 }"),
    {
      key: "propagationPolicy",
      description:
        "What becomes of the objects that it owns: Background and Foreground delete them, Orphan leaves them.",
      default: "Background",
      example: "propagationPolicy: Orphan",
    },
    GRACE,
    {
      key: "finalizers",
      description:
        "refuse, if the object has finalizers, because it stays until their controllers have removed them; allow deletes it all the same.",
      default: "refuse",
      example: "finalizers: allow",
    },
    {
      key: "controlled",
      description:
        "refuse, if another object controls it, because that may create it again; act deletes it all the same.",
      default: "refuse",
      example: "controlled: act",
    },
  ]),
  toGroup(
    "drain",
    "Drains a Node as `kubectl drain --ignore-daemonsets` does: cordons it, then evicts its Pods, except static Pods and those of a DaemonSet, until none is left that has to go. A Pod whose PodDisruptionBudget does not allow it yet waits, and the others go on. If one of the Pods has no controller, or an emptyDir volume, nothing is done at all, and the Node is not cordoned. Verified: the Pods are gone. Needs reach: cluster.",
    [
      NODE,
      {
        key: "force",
        description: "true: Pods without a controller, which nothing would create again, go too.",
        default: "false",
        example: "force: true",
      },
      {
        key: "deleteEmptyDirData",
        description: "true: Pods with an emptyDir volume go too, and its data is lost.",
        default: "false",
        example: "deleteEmptyDirData: true",
      },
      {
        key: "podSelector",
        description: "Only the Pods with these labels have to go.",
        example: "podSelector: app!=agent",
      },
      GRACE,
      {
        key: "within",
        description:
          "How long each Pod waits for its PodDisruptionBudget, and the whole for Pods that keep coming.",
        default: "1h",
        example: "within: 30m",
      },
      MANAGED,
    ],
  ),
  toGroup(
    "emitEvent",
    "Reports something as a Kubernetes Event about an object, which `kubectl describe` and `kubectl events` show. The same type, reason and message of a rule about the same object are one Event, whose count rises. No rule sees these Events, unless its fieldSelector is `reportingComponent=kubemend.dev/emit-event`.",
    [
      toTargetDoc(
        "The object that it is about",
        "target: { relation: involved, resource: nodes }\nreason: DiskFull\nmessage: it is full",
      ),
      {
        key: "type",
        description: "Normal or Warning.",
        default: "Warning",
        example: "type: Normal\nreason: Checked\nmessage: it is well",
      },
      {
        key: "reason",
        description: "One word, or { cel: <expression> } that gives one.",
        example: "reason: BackupMissing\nmessage: no backup since yesterday",
      },
      {
        key: "message",
        description:
          "A text, or { cel: <expression> } that gives one; 1024 characters of it are kept. A text that differs each time gives an Event each time.",
        example:
          "reason: BackupMissing\nmessage: { cel: \"'no backup of ' + object.metadata.name\" }",
      },
    ],
  ),
  toGroup(
    "evictPod",
    "Evicts a Pod, as a drain does. While a PodDisruptionBudget does not allow it, the remediation waits. Verified: the Pod is gone.",
    [
      toTargetDoc("The Pod", "target: { relation: involved, kind: Pod }"),
      GRACE,
      {
        key: "within",
        description: "How long it waits for PodDisruptionBudgets.",
        default: "1h",
        example: "within: 2h",
      },
    ],
  ),
]);

/** An example needs the keys that have no default. */
function withTaint(doc: KeyDoc): KeyDoc {
  const example = doc.example.includes("effect:")
    ? doc.example
    : `${doc.example}\nkey: disk\neffect: NoSchedule`;
  return { ...doc, example };
}
