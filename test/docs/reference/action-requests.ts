import { toTable } from "./to-table.ts";

/**
 * The requests to the API server of one remediation by each action, by verb and resource, as a test on the real API server counts them.
 * Without an alert, which adds one `update remediations/status`.
 */
export const ACTION_REQUESTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  createJobFromCronJob: {
    "create events.events.k8s.io": 1,
    "create jobs.batch": 1,
    "create remediations.kubemend.dev": 1,
    "get cronjobs.batch": 1,
    "update remediations/status.kubemend.dev": 2,
  },
  createJob: {
    "create events.events.k8s.io": 1,
    "create jobs.batch": 1,
    "create remediations.kubemend.dev": 1,
    "get configmaps.": 1,
    "update remediations/status.kubemend.dev": 2,
  },
  applyJob: {
    "create events.events.k8s.io": 1,
    "create jobs.batch": 1,
    "create remediations.kubemend.dev": 1,
    "get configmaps.": 1,
    "get jobs.batch": 1,
    "update remediations/status.kubemend.dev": 2,
  },
  "applyJob of an unchanged Job": {
    "create events.events.k8s.io": 1,
    "create jobs.batch": 1,
    "create remediations.kubemend.dev": 1,
    "get configmaps.": 1,
    "get jobs.batch": 1,
    "update remediations/status.kubemend.dev": 1,
  },
  "applyJob that replaces a Job": {
    "create events.events.k8s.io": 1,
    "create jobs.batch": 3,
    "create remediations.kubemend.dev": 1,
    "delete jobs.batch": 1,
    "get configmaps.": 1,
    "get jobs.batch": 4,
    "get remediations.kubemend.dev": 1,
    "list pods.": 2,
    "list remediations.kubemend.dev": 2,
    "update remediations/status.kubemend.dev": 4,
  },
  restartRollout: {
    "create events.events.k8s.io": 1,
    "create remediations.kubemend.dev": 1,
    "get deployments.apps": 2,
    "patch deployments.apps": 1,
    "update remediations/status.kubemend.dev": 2,
  },
  "restartRollout from a Pod": {
    "create events.events.k8s.io": 1,
    "create remediations.kubemend.dev": 1,
    "get deployments.apps": 2,
    "get pods.": 1,
    "get replicasets.apps": 1,
    "list remediations.kubemend.dev": 2,
    "patch deployments.apps": 1,
    "update remediations/status.kubemend.dev": 2,
  },
  rollbackDeployment: {
    "create events.events.k8s.io": 1,
    "create remediations.kubemend.dev": 1,
    "get deployments.apps": 2,
    "get replicasets.apps": 1,
    "list replicasets.apps": 1,
    "patch deployments.apps": 1,
    "update remediations/status.kubemend.dev": 2,
  },
  scale: {
    "create events.events.k8s.io": 1,
    "create remediations.kubemend.dev": 1,
    "get deployments.apps": 1,
    "get deployments/scale.apps": 2,
    "list horizontalpodautoscalers.autoscaling": 1,
    "list remediations.kubemend.dev": 1,
    "patch deployments/scale.apps": 1,
    "update remediations/status.kubemend.dev": 2,
  },
  setResources: {
    "create events.events.k8s.io": 1,
    "create remediations.kubemend.dev": 1,
    "get deployments.apps": 2,
    "patch deployments.apps": 1,
    "update remediations/status.kubemend.dev": 2,
  },
  suspend: {
    "create events.events.k8s.io": 1,
    "create remediations.kubemend.dev": 1,
    "get cronjobs.batch": 2,
    "patch cronjobs.batch": 1,
    "update remediations/status.kubemend.dev": 2,
  },
  resume: {
    "create events.events.k8s.io": 1,
    "create remediations.kubemend.dev": 1,
    "get cronjobs.batch": 2,
    "patch cronjobs.batch": 1,
    "update remediations/status.kubemend.dev": 2,
  },
  cordon: {
    "create events.events.k8s.io": 1,
    "create remediations.kubemend.dev": 1,
    "get nodes.": 2,
    "patch nodes.": 1,
    "update remediations/status.kubemend.dev": 2,
  },
  uncordon: {
    "create events.events.k8s.io": 1,
    "create remediations.kubemend.dev": 1,
    "get nodes.": 2,
    "patch nodes.": 1,
    "update remediations/status.kubemend.dev": 2,
  },
  taint: {
    "create events.events.k8s.io": 1,
    "create remediations.kubemend.dev": 1,
    "get nodes.": 2,
    "patch nodes.": 1,
    "update remediations/status.kubemend.dev": 2,
  },
  untaint: {
    "create events.events.k8s.io": 1,
    "create remediations.kubemend.dev": 1,
    "get nodes.": 2,
    "patch nodes.": 1,
    "update remediations/status.kubemend.dev": 2,
  },
  label: {
    "create events.events.k8s.io": 1,
    "create remediations.kubemend.dev": 1,
    "get deployments.apps": 2,
    "patch deployments.apps": 1,
    "update remediations/status.kubemend.dev": 2,
  },
  annotate: {
    "create events.events.k8s.io": 1,
    "create remediations.kubemend.dev": 1,
    "get deployments.apps": 2,
    "patch deployments.apps": 1,
    "update remediations/status.kubemend.dev": 2,
  },
  patch: {
    "create events.events.k8s.io": 1,
    "create remediations.kubemend.dev": 1,
    "get deployments.apps": 2,
    "patch deployments.apps": 1,
    "update remediations/status.kubemend.dev": 2,
  },
  deleteObject: {
    "create events.events.k8s.io": 1,
    "create remediations.kubemend.dev": 1,
    "delete deployments.apps": 1,
    "get deployments.apps": 1,
    "list remediations.kubemend.dev": 1,
    "update remediations/status.kubemend.dev": 2,
  },
  move: {
    "create events.events.k8s.io": 1,
    "create moves.kubemend.dev": 1,
    "create remediations.kubemend.dev": 1,
    "get configmaps.": 1,
    "update remediations/status.kubemend.dev": 2,
  },
  evictPod: {
    "create events.events.k8s.io": 1,
    "create pods/eviction.": 1,
    "create remediations.kubemend.dev": 1,
    "get pods.": 1,
    "list remediations.kubemend.dev": 1,
    "update remediations/status.kubemend.dev": 2,
  },
  "restartRollout with targets": {
    "create events.events.k8s.io": 1,
    "create remediations.kubemend.dev": 1,
    "get deployments.apps": 3,
    "list deployments.apps": 2,
    "patch deployments.apps": 1,
    "update remediations/status.kubemend.dev": 3,
  },
  "scale with targets": {
    "create events.events.k8s.io": 1,
    "create remediations.kubemend.dev": 1,
    "get deployments.apps": 2,
    "get deployments/scale.apps": 2,
    "list deployments.apps": 2,
    "list horizontalpodautoscalers.autoscaling": 1,
    "patch deployments/scale.apps": 1,
    "update remediations/status.kubemend.dev": 3,
  },
  "deleteObject with targets": {
    "create events.events.k8s.io": 1,
    "create remediations.kubemend.dev": 1,
    "delete pods.": 1,
    "get pods.": 2,
    "list pods.": 2,
    "update remediations/status.kubemend.dev": 3,
  },
  "evictPod with targets": {
    "create events.events.k8s.io": 1,
    "create pods/eviction.": 1,
    "create remediations.kubemend.dev": 1,
    "get pods.": 2,
    "list pods.": 2,
    "update remediations/status.kubemend.dev": 3,
  },
  "drain of a Node with one Pod": {
    "create events.events.k8s.io": 1,
    "create pods/eviction.": 1,
    "create remediations.kubemend.dev": 1,
    "get nodes.": 2,
    "get pods.": 1,
    "get remediations.kubemend.dev": 1,
    "list pods.": 3,
    "list remediations.kubemend.dev": 1,
    "patch nodes.": 1,
    "update remediations/status.kubemend.dev": 6,
  },
  emitEvent: {
    "create events.events.k8s.io": 2,
    "create remediations.kubemend.dev": 1,
    "get jobs.batch": 1,
    "update remediations/status.kubemend.dev": 2,
  },
};

/** The requests of every remediation: its record, the claim with the plan, the end, and the Event about it. */
const EVERY: Readonly<Record<string, number>> = {
  "create remediations.kubemend.dev": 1,
  "update remediations/status.kubemend.dev": 2,
  "create events.events.k8s.io": 1,
};

export function toRequestsTable(): string {
  const rows = Object.entries(ACTION_REQUESTS).map(([action, counts]) => {
    const all = Object.entries(counts);
    const sum = all.reduce((total, [, count]) => total + count, 0);
    const beyond = all.map(([right, count]) => [right, count - (EVERY[right] ?? 0)] as const);
    const shown = beyond
      .filter(([, count]) => count > 0)
      .map(([right, count]) => (count === 1 ? toShort(right) : `${toShort(right)} ×${count}`));
    return [`\`${action}\``, String(sum), shown.join(", ")];
  });
  return toTable(["Action", "Requests", "Besides those"], rows);
}

/** `patch deployments/scale`. */
function toShort(right: string): string {
  const [verb = "", resource = ""] = right.split(" ");
  return `${verb} ${resource.split(".")[0]}`;
}
