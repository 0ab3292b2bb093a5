import { readField, readTextMap } from "../json/read-json.ts";

/** Uid of the cluster of the source. An object that has it is a copy, and is not mirrored on. */
export const SOURCE_CLUSTER_ANNOTATION = "kubemend.dev/source-cluster";

/** Whether an object is a copy that Kubemend made, in whatever cluster. */
export function isCopy(object: unknown): boolean {
  return readOrigin(object) !== undefined;
}

/** Uid of the cluster of which an object is a copy; undefined if it is none. */
export function readOrigin(object: unknown): string | undefined {
  const annotations = readTextMap(readField(object, "metadata", "annotations"));
  return Object.hasOwn(annotations, SOURCE_CLUSTER_ANNOTATION)
    ? annotations[SOURCE_CLUSTER_ANNOTATION]
    : undefined;
}
