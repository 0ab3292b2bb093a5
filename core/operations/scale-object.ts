import type { KubernetesObject } from "../../events/change.ts";
import { readField } from "../json/read-json.ts";

/** A Scale with its number of replicas: the API server leaves zero out. */
export function withReplicas(scale: KubernetesObject): KubernetesObject {
  return { ...scale, spec: { replicas: readField(scale, "spec", "replicas") ?? 0 } };
}
