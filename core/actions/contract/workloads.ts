import type { EffectCheck } from "./action.ts";

/** Workloads that replace their Pods when the Pod template changes. */
export const ROLLING: Readonly<Record<string, string>> = {
  "deployments.apps": "Deployment",
  "statefulsets.apps": "StatefulSet",
  "daemonsets.apps": "DaemonSet",
};

export const ROLLED_OUT_WITHIN_MS: number = 10 * 60_000;
const number = (field: string): string =>
  `(has(object.status.${field}) ? object.status.${field} : 0)`;
const OBSERVED =
  "has(object.status.observedGeneration) && object.status.observedGeneration >= object.metadata.generation";
const REPLICAS = "(has(object.spec.replicas) ? object.spec.replicas : 1)";

const ROLLED_OUT: Readonly<Record<string, string>> = {
  Deployment: `${OBSERVED} && ${number("updatedReplicas")} == ${REPLICAS} && ${number("replicas")} == ${REPLICAS} && ${number("availableReplicas")} == ${REPLICAS}`,
  StatefulSet: `${OBSERVED} && ${number("updatedReplicas")} == ${REPLICAS} && ${number("readyReplicas")} == ${REPLICAS}`,
  DaemonSet: `${OBSERVED} && ${number("updatedNumberScheduled")} == ${number("desiredNumberScheduled")} && ${number("numberAvailable")} == ${number("desiredNumberScheduled")}`,
  ReplicaSet: `${OBSERVED} && ${number("readyReplicas")} == ${REPLICAS}`,
};

/** The kinds of which it is known when all Pods are as the template says, and ready. */
export const WORKLOAD_KINDS: readonly string[] = Object.keys(ROLLED_OUT);

/** The condition of the rollout before stays until the controller has seen the change. */
const STUCK = `${OBSERVED} && has(object.status.conditions) && object.status.conditions.exists(c, c.type == "Progressing" && c.status == "False")`;

/** That all Pods are as the template says, and ready; undefined for kinds of which this is not known. */
export function toRolloutCheck(kind: string): EffectCheck | undefined {
  const expression = Object.hasOwn(ROLLED_OUT, kind) ? ROLLED_OUT[kind] : undefined;
  if (expression === undefined) return undefined;
  const failed = kind === "Deployment" ? { failed: STUCK } : {};
  return { expression, ...failed, withinMs: ROLLED_OUT_WITHIN_MS };
}
