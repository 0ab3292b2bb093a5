import { isObject, readField, readList, readOwn } from "../json/read-json.ts";
import { edit, editItems, readMap, without, withoutKeys } from "./values/edit.ts";

type Prune = (object: unknown) => unknown;

/** Removes from objects of these resources the fields that are left out, besides those that are left out of all. */
export const KINDS: Readonly<Record<string, Prune>> = {
  services: pruneService,
  serviceaccounts: (object) => without(object, ["secrets"]),
  persistentvolumeclaims: (object) => without(object, ["spec", "volumeName"]),
  // It reserves the volume for a claim of this name: without it any claim in the target could take the data.
  persistentvolumes: (object) =>
    ["uid", "resourceVersion", "fieldPath"].reduce<unknown>(
      (one, field) => without(one, ["spec", "claimRef", field]),
      object,
    ),
  namespaces: (object) =>
    without(without(object, ["spec"]), ["metadata", "labels", "kubernetes.io/metadata.name"]),
  pods: prunePod,
  "jobs.batch": pruneJob,
  "deployments.apps": pruneTemplates,
  "replicasets.apps": pruneTemplates,
  "daemonsets.apps": pruneTemplates,
  "statefulsets.apps": pruneStatefulSet,
  "networkpolicies.networking.k8s.io": closePolicy,
  "cronjobs.batch": (object) => edit(object, ["spec", "jobTemplate"], pruneMade),
  replicationcontrollers: pruneTemplates,
  "clusterroles.rbac.authorization.k8s.io": pruneAggregated,
};

/** The rules of an aggregated role are written by the controller of each cluster, from the roles that it finds there. */
function pruneAggregated(object: unknown): unknown {
  return isObject(readOwn(object, "aggregationRule")) ? without(object, ["rules"]) : object;
}

/** Addresses and ports that are allocated in a cluster, and the address families that follow from it. `None` is the user's choice. */
function pruneService(object: unknown): unknown {
  const spec = readMap(object, "spec");
  const isHeadless = spec["clusterIP"] === "None";
  const paths = [
    ...(isHeadless ? [] : [["clusterIP"], ["clusterIPs"]]),
    ["healthCheckNodePort"],
    ["ipFamilies"],
    // The default; the families of the target's cluster decide.
    ...(spec["ipFamilyPolicy"] === "SingleStack" ? [["ipFamilyPolicy"]] : []),
  ];
  const left = paths.reduce<unknown>((one, path) => without(one, ["spec", ...path]), object);
  return editItems(left, ["spec", "ports"], (port) => without(port, ["nodePort"]));
}

/**
 * A policy that allows nothing in a direction has no list for it, and a list that somebody adds to the copy would open it. An empty list
 * means the same, and is applied.
 */
function closePolicy(object: unknown): unknown {
  return edit(object, ["spec"], (spec) => {
    if (!isObject(spec)) return spec;
    const types = readList(spec["policyTypes"]);
    const { ingress = [], egress = [] } = spec;
    return {
      ...spec,
      ...(types.includes("Ingress") ? { ingress } : {}),
      ...(types.includes("Egress") ? { egress } : {}),
    };
  });
}

/** Labels and the selector by which the Job controller finds the Pods of exactly this Job. */
const JOB_LABELS: ReadonlySet<string> = new Set([
  "controller-uid",
  "job-name",
  "batch.kubernetes.io/controller-uid",
  "batch.kubernetes.io/job-name",
]);

function pruneJob(object: unknown): unknown {
  const bare = pruneTemplates(object);
  // A copy that its own cluster deletes would be made again, and would run again.
  const lasting = without(bare, ["spec", "ttlSecondsAfterFinished"]);
  if (readField(object, "spec", "manualSelector") === true) return lasting;
  const unselected = without(lasting, ["spec", "selector"]);
  return [["metadata"], ["spec", "template", "metadata"]].reduce<unknown>(
    (one, path) =>
      edit(one, [...path, "labels"], (labels) => withoutKeys(labels, (key) => JOB_LABELS.has(key))),
    unselected,
  );
}

/** Fields that the scheduler and admission have decided in the source's cluster, and that the target decides for itself. */
const POD_FIELDS = ["nodeName", "priority", "preemptionPolicy", "overhead", "ephemeralContainers"];
/** The volume of the token that admission adds to a Pod. */
const TOKEN_VOLUME = /^kube-api-access-[a-z0-9]{5}$/;

function prunePod(object: unknown): unknown {
  const bare = POD_FIELDS.reduce<unknown>((one, field) => without(one, ["spec", field]), object);
  const tokens = new Set(
    readList(readField(object, "spec", "volumes"))
      .map((volume) => readOwn(volume, "name"))
      .filter((name) => typeof name === "string" && TOKEN_VOLUME.test(name)),
  );
  if (tokens.size === 0) return bare;
  const isToken = (item: unknown): boolean => tokens.has(readOwn(item, "name"));
  const volumes = withoutItems(bare, ["spec", "volumes"], isToken);
  return ["containers", "initContainers"].reduce<unknown>(
    (one, list) =>
      editItems(one, ["spec", list], (container) =>
        withoutItems(container, ["volumeMounts"], isToken),
      ),
    volumes,
  );
}

/** The value without some items of a list, and without the list if none is left: an empty one would say that the target may add nothing. */
function withoutItems(
  value: unknown,
  path: readonly string[],
  isLeft: (item: unknown) => boolean,
): unknown {
  const list = readField(value, ...path);
  if (!Array.isArray(list) || !list.some(isLeft)) return value;
  if (list.every(isLeft)) return without(value, path);
  return edit(value, path, () => list.filter((item) => !isLeft(item)));
}

function pruneTemplates(object: unknown): unknown {
  return edit(object, ["spec", "template"], pruneMade);
}

/** Claims of a StatefulSet look like stored ones; their status is a default, and the list is written as a whole. */
function pruneStatefulSet(object: unknown): unknown {
  return editItems(pruneTemplates(object), ["spec", "volumeClaimTemplates"], pruneMade);
}

/** A template's metadata has the field of a stored object, which is null, and below it may be another template. */
function pruneMade(template: unknown): unknown {
  const bare = without(template, ["metadata", "creationTimestamp"]);
  return isObject(bare) ? edit(bare, ["spec", "template"], pruneMade) : bare;
}
