import type { KubernetesObject, ResourceType } from "../../events/change.ts";
import { ok, refuse, type Result } from "../result.ts";
import { isObject, readOwn } from "../json/read-json.ts";
import { toApiVersion } from "../references/api-version.ts";

/** An object as the API server said it, with what the relay needs of it. */
export type ReadObject = {
  readonly object: KubernetesObject;
  readonly uid: string;
  readonly resourceVersion: string;
  /** "" for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  readonly generation: number | null;
};

/**
 * Reads an object of a watch or a list; never throws. Items of a list have no apiVersion and kind: they are the
 * resource's. Of `metadata` nothing else is kept, and what it says of its kind, PartialObjectMetadata mostly, is not believed.
 * Refused without name, uid or resourceVersion: such a thing has no identity that a change could carry.
 */
export function readObject(
  value: unknown,
  resource: ResourceType,
  projection: "full" | "metadata" = "full",
): Result<ReadObject, string> {
  if (!isObject(value)) return refuse("not an object");
  const metadata = readOwn(value, "metadata");
  if (!isObject(metadata)) return refuse("an object without metadata");
  const name = readOwn(metadata, "name");
  const uid = readOwn(metadata, "uid");
  const resourceVersion = readOwn(metadata, "resourceVersion");
  if (!isText(name) || !isText(uid) || !isText(resourceVersion)) {
    return refuse("an object without metadata.name, metadata.uid or metadata.resourceVersion");
  }
  const namespace = readOwn(metadata, "namespace");
  const generation = readOwn(metadata, "generation");
  const apiVersion = readOwn(value, "apiVersion");
  const kind = readOwn(value, "kind");
  const complete = isText(apiVersion) && isText(kind) && projection === "full";
  const object = complete
    ? value
    : {
        ...(projection === "full" ? value : { metadata }),
        apiVersion: toApiVersion(resource),
        kind: resource.kind,
      };
  return ok({
    object: object as KubernetesObject,
    uid,
    resourceVersion,
    namespace: typeof namespace === "string" ? namespace : "",
    name,
    generation: typeof generation === "number" ? generation : null,
  });
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
