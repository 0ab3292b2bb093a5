import { createObject, listAll } from "./many-targets.ts";
import type { JobObject, Json, RemediationWorld } from "./remediation-world.ts";

export async function createNode(world: RemediationWorld, name: string): Promise<JobObject> {
  const labels = { "kubernetes.io/hostname": name };
  return createObject(world, "nodes", "", { metadata: { name, labels } });
}

export async function isCordoned(world: RemediationWorld, node: string): Promise<boolean> {
  const [found] = await listAll(world, "nodes", "", `kubernetes.io/hostname=${node}`);
  return found?.spec["unschedulable"] === true;
}

/** The metadata of an object that a controller of this kind has made. */
export const controlledBy = (kind: string): Json => ({
  ownerReferences: [{ apiVersion: "apps/v1", kind, name: "web", uid: "u", controller: true }],
});

/** A Pod on a Node. */
export async function createPodOn(
  world: RemediationWorld,
  node: string,
  pod: {
    readonly namespace: string;
    readonly name: string;
    /** Default: that of a ReplicaSet's Pod. */
    readonly metadata?: Json | undefined;
    readonly spec?: Json | undefined;
  },
): Promise<JobObject> {
  const { namespace, name, metadata = controlledBy("ReplicaSet"), spec } = pod;
  return createObject(world, "pods", namespace, {
    metadata: { name, labels: { node }, ...metadata },
    spec: { nodeName: node, containers: [{ name: "main", image: "web:1" }], ...spec },
  });
}

/** The API server asks the budgets only for a Pod that runs. */
export async function setPodPhase(
  world: RemediationWorld,
  pod: { readonly namespace: string; readonly name: string },
  phase: "Running" | "Succeeded",
): Promise<void> {
  const path = `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/status`;
  const contentType = "application/merge-patch+json";
  const body = { status: { phase } };
  await world.admin.request({ method: "PATCH", path, body, contentType });
}

/** A budget that allows no eviction of the one Pod with this label `budget`. */
export async function createBudget(
  world: RemediationWorld,
  namespace: string,
  name: string,
): Promise<void> {
  const spec = { minAvailable: 1, selector: { matchLabels: { budget: name } } };
  await createObject(world, "poddisruptionbudgets.policy", namespace, { metadata: { name }, spec });
}
