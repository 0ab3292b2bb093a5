import { isObject } from "../json/read-json.ts";
import { edit, without, withoutKeys } from "./values/edit.ts";
import { isOwnMark } from "./provenance.ts";
import { KINDS } from "./prune-kinds.ts";

/** Fields that the API server and its garbage collector keep, of every object. Owners are rewritten, see `owners.ts`. */
const METADATA = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  // They name controllers of the source's cluster, which would never take them off the copy.
  "finalizers",
  // The name that was generated is the object's name.
  "generateName",
  "generation",
  "managedFields",
  "ownerReferences",
  "resourceVersion",
  "selfLink",
  "uid",
] as const;

/** Annotations about the object in its own cluster: how it was applied there, what controllers there have done with it. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  "control-plane.alpha.kubernetes.io/leader",
  "deployment.kubernetes.io/desired-replicas",
  "deployment.kubernetes.io/max-replicas",
  "deployment.kubernetes.io/revision",
  "deployment.kubernetes.io/revision-history",
  "deprecated.daemonset.template.generation",
  "batch.kubernetes.io/job-tracking",
  "endpoints.kubernetes.io/last-change-trigger-time",
  "kubernetes.io/service-account.uid",
  "pv.kubernetes.io/bind-completed",
  "pv.kubernetes.io/bound-by-controller",
  "pv.kubernetes.io/migrated-to",
  "pv.kubernetes.io/provisioned-by",
  "volume.beta.kubernetes.io/storage-provisioner",
  "volume.kubernetes.io/provisioner-deletion-secret-name",
  "volume.kubernetes.io/provisioner-deletion-secret-namespace",
  "volume.kubernetes.io/selected-node",
  "volume.kubernetes.io/storage-provisioner",
  "volume.kubernetes.io/storage-resizer",
]);

/**
 * An object without what the API server has made, what controllers have written, and what binds it to its cluster. `resource` is
 * `configmaps` or `jobs.batch`. Without status, apiVersion and kind, which are set apart. Total on any JSON.
 */
export function prune(object: unknown, resource: string): unknown {
  const { apiVersion: _version, kind: _kind, status: _status, ...fields } = toFields(object);
  const metadata = METADATA.reduce<unknown>(
    (left, field) => without(left, ["metadata", field]),
    fields,
  );
  // A copy gets marks of its own. `kubemend.dev/remediate` too: its owner in each cluster says whether rules may touch an object.
  const annotated = edit(metadata, ["metadata", "annotations"], (annotations) =>
    withoutKeys(annotations, (key) => ANNOTATIONS.has(key) || isOwnMark(key)),
  );
  const labelled = edit(annotated, ["metadata", "labels"], (labels) =>
    withoutKeys(labels, isOwnMark),
  );
  const kind = Object.hasOwn(KINDS, resource) ? KINDS[resource] : undefined;
  return kind === undefined ? labelled : kind(labelled);
}

function toFields(object: unknown): Readonly<Record<string, unknown>> {
  return isObject(object) ? object : {};
}
