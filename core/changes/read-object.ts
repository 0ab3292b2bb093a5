import type { KubernetesObject, ResourceType } from "../../events/change.ts";
import { isNestedDeeper } from "../../events/json.ts";
import { ok, refuse, type Result } from "../result.ts";
import { isObject, readOwn } from "../json/read-json.ts";
import { TooDeep } from "./too-deep.ts";
import { toApiVersion } from "../references/api-version.ts";

/** An object as the API server returned it, with the fields that the relay needs. */
export type ReadObject = {
  readonly object: KubernetesObject;
  readonly uid: string;
  readonly resourceVersion: string;
  /** "" for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  readonly generation: number | null;
  /** Why `object` has only metadata, although more was requested. */
  readonly truncated?: string | undefined;
};

type Type = Pick<ResourceType, "group" | "version" | "kind">;

/** Metadata of Kubernetes itself has five levels; an aggregated API may return any. */
const METADATA_MAX_LEVELS = 20;

/**
 * Reads an object of a watch or a list; never throws. Items of a list lack apiVersion and kind, so they get those of the
 * resource. With the projection `metadata`, only the metadata is kept, and the kind is that of the resource too, because the
 * API server answers with PartialObjectMetadata. Refused without name, uid or resourceVersion: a change needs that identity.
 * Of an object that is nested too deep, only the metadata is kept.
 */
export function readObject(
  value: unknown,
  resource: Type,
  projection: "full" | "metadata" = "full",
): Result<ReadObject, string> {
  return value instanceof TooDeep
    ? readShallow(value, resource, projection)
    : readPlain(value, resource, projection);
}

/** managedFields lists every field of the object, so it is nested as deep. The identity alone is kept of metadata that is deep without it. */
function readShallow(
  { value, reason }: TooDeep,
  resource: Type,
  projection: "full" | "metadata",
): Result<ReadObject, string> {
  const all = readOwn(value, "metadata");
  if (!isObject(all)) return refuse("an object without metadata");
  const { managedFields: _managedFields, ...metadata } = all;
  const isShallow = !isNestedDeeper(metadata, METADATA_MAX_LEVELS);
  const { name, namespace, uid, resourceVersion, generation } = metadata;
  const identity = { name, namespace, uid, resourceVersion, generation };
  const read = readPlain({ metadata: isShallow ? metadata : identity }, resource, "metadata");
  if (!read.ok || (projection === "metadata" && isShallow)) return read;
  return ok({ ...read.value, truncated: reason });
}

function readPlain(
  value: unknown,
  resource: Type,
  projection: "full" | "metadata",
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
