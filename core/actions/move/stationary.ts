import { RECORD_GROUP } from "../../../events/remediation.ts";

/** Resources whose objects never move, and why. */
const STATIONARY: Readonly<Record<string, string>> = {
  namespaces:
    "deleting a Namespace deletes everything in it; select what is in it, and let the target's Namespace be created (createNamespaces)",
  "customresourcedefinitions.apiextensions.k8s.io":
    "deleting a definition deletes all of its objects; install it in the target and select the objects",
  persistentvolumeclaims:
    "its data stays in its cluster, and may be deleted with it; copy the data by other means",
  persistentvolumes:
    "its data stays in its cluster, and may be deleted with it; copy the data by other means",
  "jobs.batch":
    "what a Job has done does not move with it, so it would run again; create it in the target if it is to run there",
  nodes: "a Node stands for a machine that runs in its cluster",
  "apiservices.apiregistration.k8s.io": "it says how its own API server is extended",
  "volumeattachments.storage.k8s.io": "it says what is attached to a Node of its cluster",
};

/** Why no object of the resource can move; undefined if they can. `resource` is `configmaps` or `jobs.batch`. */
export function findStationary(resource: string): string | undefined {
  if (resource.endsWith(`.${RECORD_GROUP}`))
    return "it is a record of Kubemend about its own cluster";
  return Object.hasOwn(STATIONARY, resource) ? STATIONARY[resource] : undefined;
}
