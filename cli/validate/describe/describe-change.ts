import { readField, readList } from "../../../core/json/read-json.ts";
import type { RuleAction } from "../../../core/pipeline/pipeline.ts";
import { describeTargets } from "./describe-targets.ts";

type Parameters = RuleAction["parameters"];

/** A sentence for an action that changes, removes or reports on an object; undefined for any other. */
export function describeChange({ action, parameters }: RuleAction): string | undefined {
  const describe = Object.hasOwn(SENTENCES, action) ? SENTENCES[action] : undefined;
  if (describe === undefined) return undefined;
  const { targets } = parameters;
  const what =
    targets === undefined ? describeTarget(parameters["target"]) : describeTargets(targets);
  const more =
    parameters["managed"] === "act"
      ? ", even if another manager keeps the field (managed: act)"
      : "";
  return `${describe(parameters, what)}${more}.`;
}

/** `the object`, `the Deployment that the object refers to as owner`, `deployments.apps web in shop`. */
function describeTarget(target: unknown): string {
  if (typeof target !== "object" || target === null) return "the object";
  const relation = readField(target, "relation");
  if (relation === undefined && readField(target, "name") === undefined) return "the object";
  const resource = readField(target, "resource");
  if (typeof relation === "string") {
    const kind = readField(target, "kind");
    const index = readField(target, "index");
    const which = typeof index === "number" ? `, number ${index + 1} of them` : "";
    const named = relation === "node" ? "Node" : (kind ?? resource ?? "object");
    return `the ${toText(named)} that the object refers to as ${relation}${which}`;
  }
  const namespace = readField(target, "namespace");
  const place = namespace === undefined ? "" : ` in ${toText(namespace)}`;
  const of = resource === undefined ? "" : `${toText(resource)} `;
  return `${of}${toText(readField(target, "name"))}${place}`;
}

const SENTENCES: Readonly<Record<string, (parameters: Parameters, what: string) => string>> = {
  restartRollout: (_, what) => `Restarts ${what}: its Pods are replaced by its own strategy`,
  rollbackDeployment: ({ toRevision }, what) =>
    `Returns ${what} to ${toRevision === undefined ? "the version before" : `revision ${toText(toRevision)}`}, which replaces its Pods`,
  scale: (parameters, what) =>
    `Scales ${what} ${describeReplicas(parameters)}${parameters["autoscaled"] === "act" ? ", even if an autoscaler sets it back (autoscaled: act)" : ", but not if a HorizontalPodAutoscaler scales it"}`,
  setResources: ({ requests, limits, container }, what) =>
    `Sets ${join([...toEntries(limits, "the limit of "), ...toEntries(requests, "the request for ")])}${container === undefined ? "" : ` of the container ${toText(container)}`} in the Pod template of ${what}, which replaces its Pods`,
  suspend: (_, what) => `Suspends ${what}`,
  resume: (_, what) => `Resumes ${what}`,
  cordon: (_, what) => `Cordons ${what}: no new Pods are scheduled there`,
  uncordon: (_, what) => `Uncordons ${what}: Pods are scheduled there again`,
  taint: ({ key, value, effect }, what) =>
    `Adds the taint ${toText(key)}${value === undefined ? "" : `=${toText(value)}`}:${toText(effect)} to ${what}${effect === "NoExecute" ? ", which evicts Pods that do not tolerate it" : ""}`,
  untaint: ({ key, effect }, what) =>
    `Removes the taint ${toText(key)}${effect === undefined ? "" : `:${toText(effect)}`} from ${what}`,
  label: (parameters, what) => describeTexts(parameters, "label", what),
  annotate: (parameters, what) => describeTexts(parameters, "annotation", what),
  patch: ({ set, remove }, what) =>
    `Changes ${what}: ${join([...toEntries(set, "", "sets"), ...toRemoved(remove)])}`,
  deleteObject: describeDeletion,
  evictPod: ({ within }, what) =>
    `Evicts ${what}; while a PodDisruptionBudget does not allow it, it waits, for ${toText(within)} at most`,
  drain: describeDrain,
  move: describeMove,
  emitEvent: ({ type, reason, message }, what) =>
    `Reports the Event ${toText(reason)} (${toText(type)}) about ${what}: ${toText(message)}`,
};

function describeReplicas({ replicas, min, max }: Parameters): string {
  const by = readField(replicas, "by");
  const step = typeof by === "number" ? (by < 0 ? `down by ${-by}` : `up by ${by}`) : undefined;
  const to = step ?? `to ${toText(replicas)} replicas`;
  const bounds = [
    ...(min === undefined ? [] : [`at least ${toText(min)}`]),
    ...(max === undefined ? [] : [`at most ${toText(max)}`]),
  ];
  return bounds.length === 0 ? to : `${to}, ${bounds.join(" and ")}`;
}

function describeTexts({ set, remove }: Parameters, what: string, of: string): string {
  const parts = [...toEntries(set, `the ${what} `, "sets"), ...toRemoved(remove, `the ${what} `)];
  return `Changes ${of}: ${join(parts)}`;
}

function describeDeletion(parameters: Parameters, what: string): string {
  const { propagationPolicy, finalizers, controlled } = parameters;
  const rest =
    propagationPolicy === "Orphan"
      ? "what it owns stays"
      : propagationPolicy === "Foreground"
        ? "what it owns is deleted before it"
        : "what it owns is deleted after it";
  const even = [
    ...(finalizers === "act" ? ["even if it has finalizers"] : ["not if it has finalizers"]),
    ...(controlled === "act"
      ? ["even if a controller would create it again"]
      : ["not if a controller would create it again"]),
  ];
  return `Deletes ${what}: ${[rest, ...even].join(", ")}`;
}

function describeDrain(parameters: Parameters, what: string): string {
  const { force, deleteEmptyDirData, podSelector, within } = parameters;
  const pods =
    podSelector === undefined ? "its Pods" : `its Pods with the labels ${toText(podSelector)}`;
  const blockers = [
    ...(force === true ? [] : ["has no controller that would create it again"]),
    ...(deleteEmptyDirData === true ? [] : ["has an emptyDir volume"]),
  ];
  return [
    `Drains ${what}: cordons it and evicts ${pods}, except static Pods and those of a DaemonSet`,
    `a Pod whose PodDisruptionBudget does not allow it waits, for ${toText(within)} at most`,
    ...(force === true ? ["Pods that nothing creates again are lost (force: true)"] : []),
    ...(deleteEmptyDirData === true
      ? ["the data of emptyDir volumes is lost (deleteEmptyDirData: true)"]
      : []),
    ...(blockers.length === 0 ? [] : [`does nothing at all if a Pod ${blockers.join(" or ")}`]),
  ].join("; ");
}

function toOwned(one: unknown): string {
  return readField(one, "withOwned") === true ? " with all that it owns" : "";
}

function describeMove(parameters: Parameters, what: string): string {
  const { to, withOwned, also = [], pause, blocks, removeFinalizers, remade } = parameters;
  const { leaveOwned, dropOwners, leaveData, createNamespaces, deadlines } = parameters;
  const beside = readList(also).map((one) => {
    const name = readField(one, "name");
    const by = name ?? `with the labels ${toText(readField(one, "labelSelector"))}`;
    return `${toText(readField(one, "resource"))} ${toText(by)}${toOwned(one)}`;
  });
  const together = beside.length === 0 ? "" : `, together with ${beside.join(" and ")}`;
  const unowned =
    withOwned === true || leaveOwned === true ? [] : ["it is refused if the object owns something"];
  const finalizers =
    removeFinalizers === undefined
      ? ["it waits until the controllers of the source have taken their finalizers off"]
      : [
          `takes these finalizers off a source after its deletion was accepted: ${toText(removeFinalizers)}`,
        ];
  const options = Object.entries({
    pause,
    blocks,
    remade,
    leaveOwned,
    dropOwners,
    leaveData,
    createNamespaces,
  })
    .concat([["deadlines", deadlines]])
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${toText(value)}`]));
  return [
    `Moves ${what}${toOwned({ withOwned })} to ${toText(to)}${together}: the function transfer creates everything there, and deletes it here when the target has all of it`,
    ...unowned,
    ...finalizers,
    ...options,
  ].join("; ");
}

function toEntries(values: unknown, before: string, verb = ""): readonly string[] {
  if (typeof values !== "object" || values === null) return [];
  const word = verb === "" ? "" : `${verb} `;
  return Object.entries(values).map(([key, value]) => `${word}${before}${key} to ${toText(value)}`);
}

function toRemoved(keys: unknown, before = ""): readonly string[] {
  return Array.isArray(keys) ? keys.map((key) => `removes ${before}${toText(key)}`) : [];
}

function join(parts: readonly string[]): string {
  return parts.join(", ");
}

/** A value of the rule, or the expression that gives it. */
function toText(value: unknown): string {
  const cel = readField(value, "cel");
  if (typeof cel === "string") return cel.trim();
  const times = readField(value, "times");
  if (typeof times === "number")
    return `${times} times what it is, at most ${toText(readField(value, "max"))}`;
  return typeof value === "string" ? value : JSON.stringify(value);
}
