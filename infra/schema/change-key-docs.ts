import type { KeyDoc, KeyGroup } from "./key-doc.ts";

/** `target`, with what an action can change. */
export function toTargetDoc(what: string, example: string): KeyDoc {
  return {
    key: "target",
    description: `${what}: trigger is the trigger itself; { relation, kind?, index?, resource? } is a reference of the trigger (relation: owner leads from a Pod through its ReplicaSet to the Deployment, and through its Job to the CronJob); { resource, name, namespace? } names an object, in the trigger's namespace if none is written. With cluster it is the object of the same name and namespace in another cluster of the file: { cluster } alone is the twin of the trigger (docs/clusters.md). Rights are derived from resource, so it is left out only where the action knows it.`,
    default: "trigger",
    example,
  };
}

/** `managed`, in every action that changes fields. */
export const MANAGED: KeyDoc = {
  key: "managed",
  description:
    "refuse, if a manager that would revert the change owns the field: Argo CD, Flux, or anyone who applies it with server-side apply; act changes it all the same.",
  default: "refuse",
  example: "managed: act",
};

/** `gracePeriodSeconds`, in every action that removes Pods. */
export const GRACE: KeyDoc = {
  key: "gracePeriodSeconds",
  description: "The time that Pods have to stop; left out, it is the one in their specification.",
  example: "gracePeriodSeconds: 5",
};

/** The keys of an action; with `targets`, if it takes many. */
export function toGroup(title: string, intro: string, keys: readonly KeyDoc[]): [string, KeyGroup] {
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
      "Many objects instead of target, each with an outcome of its own. { select: { resource, labelSelector?, fieldSelector?, namespace?, where? }, atMost, atMostPerNamespace? } selects them: in the trigger's namespace, or in the named one, or in all ('*'); where is CEL on each, as object; selectors and namespace may be { cel: <expression> } on the trigger. { referrers: [<resource>], atMost } are the workloads in the trigger's namespace whose Pod templates use the ConfigMap, Secret, PersistentVolumeClaim or ServiceAccount that is the trigger. With cluster, the objects of another cluster of the file. If there are more than atMost, nothing is done; of a namespace with more than atMostPerNamespace the targets fail, and those of the others are acted upon.",
    default: "target",
    example,
  };
}

const RUNNING = "select: { resource: deployments.apps, labelSelector: team=data }, atMost: 5";
const NODES = "select: { resource: nodes, labelSelector: pool=old }, atMost: 3";

const MANY_EXAMPLES: Readonly<Record<string, string>> = {
  restartRollout: `targets: { ${RUNNING} }`,
  rollbackDeployment: `targets: { ${RUNNING} }`,
  emitEvent: `targets: { ${RUNNING} }\nreason: Checked\nmessage: it is well`,
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
