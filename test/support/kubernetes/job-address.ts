import type { ObjectAddress } from "../../../core/operations/operation.ts";

/** Where an operation finds the Job of this name in the namespace `data`. */
export function toJobAddress(name: string): ObjectAddress {
  return { group: "batch", version: "v1", resource: "jobs", kind: "Job", namespace: "data", name };
}
