import { isObject, readField, readOwn } from "../json/read-json.ts";
import { readMap } from "./values/edit.ts";
import type { Manifest } from "./manifest.ts";

/** The fields by which a volume names the claim for which it is reserved. */
const CLAIM = ["apiVersion", "kind", "namespace", "name"] as const;

/**
 * The manifest of a volume that a claim of the target has: it names that claim. Any other one would take the volume from Pods that use it.
 * Every other manifest is as it was.
 */
export function keepBinding(manifest: Manifest, live: unknown): Manifest {
  if (manifest.kind !== "PersistentVolume" || manifest.apiVersion !== "v1") return manifest;
  const bound = readField(live, "spec", "claimRef");
  if (!isObject(bound) || readOwn(bound, "uid") === undefined) return manifest;
  const named = CLAIM.filter((key) => Object.hasOwn(bound, key)).map((key) => [key, bound[key]]);
  const claimRef: unknown = Object.fromEntries(named);
  return { ...manifest, spec: { ...readMap(manifest, "spec"), claimRef } };
}
