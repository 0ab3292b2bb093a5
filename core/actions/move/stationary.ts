import { RECORD_GROUP } from "../../../events/remediation.ts";

const RUNS_ONCE =
  "what it has done does not move with it, so it would be done again; create it in the target if it is to be done there";
const HOLDS_DATA =
  "its data stays in its cluster, and may be deleted with it; copy the data by other means";

/**
 * Resources of well-known operators whose objects stand for one piece of work. Nothing but their status says that it was done, and that does
 * not move.
 */
const WORK: readonly string[] = [
  "workflows.argoproj.io",
  "analysisruns.argoproj.io",
  "experiments.argoproj.io",
  "pipelineruns.tekton.dev",
  "taskruns.tekton.dev",
  "customruns.tekton.dev",
  "runs.tekton.dev",
  "backups.velero.io",
  "restores.velero.io",
  "deletebackuprequests.velero.io",
  "downloadrequests.velero.io",
  "podvolumebackups.velero.io",
  "podvolumerestores.velero.io",
  "datauploads.velero.io",
  "datadownloads.velero.io",
  "certificaterequests.cert-manager.io",
  "orders.acme.cert-manager.io",
  "challenges.acme.cert-manager.io",
  "certificatesigningrequests.certificates.k8s.io",
  "sparkapplications.sparkoperator.k8s.io",
  "rayjobs.ray.io",
  "jobs.batch.volcano.sh",
  "mpijobs.kubeflow.org",
  "pytorchjobs.kubeflow.org",
  "tfjobs.kubeflow.org",
  "xgboostjobs.kubeflow.org",
  "trainjobs.trainer.kubeflow.org",
];

/** Resources whose objects never move, and why. */
const STATIONARY: Readonly<Record<string, string>> = {
  namespaces:
    "deleting a Namespace deletes everything in it; select what is in it, and let the target's Namespace be created (createNamespaces)",
  "customresourcedefinitions.apiextensions.k8s.io":
    "deleting a definition deletes all of its objects; install it in the target and select the objects",
  persistentvolumeclaims: HOLDS_DATA,
  persistentvolumes: HOLDS_DATA,
  "volumesnapshots.snapshot.storage.k8s.io": HOLDS_DATA,
  "volumesnapshotcontents.snapshot.storage.k8s.io": HOLDS_DATA,
  "jobs.batch":
    "what a Job has done does not move with it, so it would run again; create it in the target if it is to run there",
  ...Object.fromEntries(WORK.map((resource) => [resource, RUNS_ONCE])),
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
