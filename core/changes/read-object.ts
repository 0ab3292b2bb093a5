import type { KubernetesObject, ResourceType } from "../../events/change.ts";
import { ok, refuse, type Result } from "../result.ts";

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
  if (!isRecord(value)) return refuse("not an object");
  const metadata = own(value, "metadata");
  if (!isRecord(metadata)) return refuse("an object without metadata");
  const name = own(metadata, "name");
  const uid = own(metadata, "uid");
  const resourceVersion = own(metadata, "resourceVersion");
  if (!isText(name) || !isText(uid) || !isText(resourceVersion)) {
    return refuse("an object without metadata.name, metadata.uid or metadata.resourceVersion");
  }
  const namespace = own(metadata, "namespace");
  const generation = own(metadata, "generation");
  const apiVersion = own(value, "apiVersion");
  const kind = own(value, "kind");
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

/** `v1`, `batch/v1`. */
export function toApiVersion(resource: Pick<ResourceType, "group" | "version">): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/** `pods`, `jobs.batch`. */
export function toResourceName(resource: Pick<ResourceType, "group" | "resource">): string {
  return resource.group === "" ? resource.resource : `${resource.resource}.${resource.group}`;
}

function own(record: Readonly<Record<string, unknown>>, field: string): unknown {
  return Object.hasOwn(record, field) ? record[field] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
