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
  const many = MANY_EXAMPLES[title];
  const all = keys.flatMap((doc) =>
    doc.key === "target" && many !== undefined ? [doc, toTargetsDoc(many)] : [doc],
  );
  return [title, { title, at: title, intro, keys: all }];
}

/** `targets`, for the actions that take many of them. */
function toTargetsDoc(example: string): KeyDoc {
  return {
    key: "targets",
    description:
      "Many objects instead of target, each with an outcome of its own. { select: { resource, labelSelector?, fieldSelector?, namespace?, where? }, atMost } selects them: in the trigger's namespace, or in the named one, or in all ('*'); where is CEL on each, as object; selectors and namespace may be { cel: <expression> } on the trigger. { referrers: [<resource>], atMost } are the workloads in the trigger's namespace whose Pod templates use the ConfigMap, Secret, PersistentVolumeClaim or ServiceAccount that is the trigger. If there are more than atMost, nothing is done.",
    default: "target",
    example,
  };
}

const RUNNING = "select: { resource: deployments.apps, labelSelector: team=data }, atMost: 5";
const NODES = "select: { resource: nodes, labelSelector: pool=old }, atMost: 3";

const MANY_EXAMPLES: Readonly<Record<string, string>> = {
  restartRollout: `targets: { ${RUNNING} }`,
  scale: `targets: { ${RUNNING} }\nreplicas: 0`,
  setResources: `targets: { ${RUNNING} }\ncontainer: main\nlimits: { memory: 1Gi }`,
  suspend: "targets: { select: { resource: cronjobs.batch }, atMost: 50 }",
  resume: "targets: { select: { resource: cronjobs.batch }, atMost: 50 }",
  cordon: `targets: { ${NODES} }`,
  uncordon: `targets: { ${NODES} }`,
  taint: `targets: { ${NODES} }\nkey: disk\neffect: NoSchedule`,
  untaint: `targets: { ${NODES} }\nkey: disk\neffect: NoSchedule`,
  label: `targets: { ${RUNNING} }\nset: { team: data }`,
  annotate: `targets: { ${RUNNING} }\nset: { team: data }`,
  patch: `targets: { ${RUNNING} }\nset: { spec.paused: true }`,
  deleteObject:
    "targets: { select: { resource: pods, fieldSelector: status.phase=Succeeded }, atMost: 500 }",
  evictPod: "targets: { select: { resource: pods, labelSelector: app=web }, atMost: 20 }",
};

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
