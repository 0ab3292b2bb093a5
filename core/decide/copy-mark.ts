import { readField, readTextMap } from "../json/read-json.ts";

/** Uid of the cluster of the source. An object that has it is a copy, and is not mirrored on. */
export const SOURCE_CLUSTER_ANNOTATION = "kubemend.dev/source-cluster";

/** Whether an object is a copy that Kubemend made, in whatever cluster. */
export function isCopy(object: unknown): boolean {
  const annotations = readTextMap(readField(object, "metadata", "annotations"));
  return Object.hasOwn(annotations, SOURCE_CLUSTER_ANNOTATION);
}
