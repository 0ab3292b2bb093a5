import type { KeyDoc, KeyGroup } from "./key-doc.ts";

/** `target`, with what an action can change. */
function toTargetDoc(what: string, example: string): KeyDoc {
  return {
    key: "target",
    description: `${what}: trigger is the trigger itself; { relation, kind?, index?, resource? } is a reference of the trigger; { resource, name, namespace? } names an object, in the trigger's namespace if none is written. Rights are derived from resource, so it is left out only where the action knows it.`,
    default: "trigger",
    example,
  };
}

const MANAGED: KeyDoc = {
  key: "managed",
  description:
    "refuse, if a manager that would revert the change owns the field: Argo CD, Flux, or anyone who applies it with server-side apply; act changes it all the same.",
  default: "refuse",
  example: "managed: act",
};

const GRACE: KeyDoc = {
  key: "gracePeriodSeconds",
  description: "The time that Pods have to stop; left out, it is the one in their specification.",
  example: "gracePeriodSeconds: 5",
};

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

function toGroup(title: string, intro: string, keys: readonly KeyDoc[]): [string, KeyGroup] {
  return [title, { title, at: title, intro, keys }];
}

/** The parameters of the actions that change or remove one object. */
export const CHANGE_ACTION_DOCS: Readonly<Record<string, KeyGroup>> = Object.fromEntries([
  toGroup(
    "restartRollout",
    "Replaces the Pods of a Deployment, StatefulSet or DaemonSet by its own strategy, as `kubectl rollout restart` does. Verified: all Pods are new and available.",
    [toTargetDoc("The workload", "target: { resource: deployments.apps, name: web }")],
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
        description: "The result is never lower.",
        default: "0",
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
