import { isPathSegment } from "../../../events/address.ts";
import type { ResourceType } from "../../../events/change.ts";
import { KubemendError } from "../../../core/errors.ts";

/** The address of a resource or of one of its objects. Without `name`: the collection; without `namespace`: cluster-wide. */
export type ResourceAddress = Pick<ResourceType, "group" | "version" | "resource"> & {
  readonly namespace?: string | null | undefined;
  readonly name?: string | undefined;
  readonly subresource?: "status" | "scale" | "eviction" | undefined;
};

/**
 * The encoded API path of an object or a collection: `/api/v1/...` for the core group, `/apis/<group>/<version>/...` for others.
 * Throws `Invalid` (terminal) if a part cannot be part of a path: a name that an object states may be `..`.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
 * @example toResourcePath({ group: "batch", version: "v1", resource: "jobs", namespace: "default", name: "backup" })
 * // "/apis/batch/v1/namespaces/default/jobs/backup"
 */
export function toResourcePath(address: ResourceAddress): string {
  const { group, version, resource, namespace, name, subresource } = address;
  const root = group === "" ? ["api", version] : ["apis", group, version];
  const within = namespace === undefined || namespace === null ? [] : ["namespaces", namespace];
  const object = name === undefined ? [] : [name];
  const below = subresource === undefined ? [] : [subresource];
  const parts = [...root, ...within, resource, ...object, ...below];
  return `/${parts.map(toSegment).join("/")}`;
}

function toSegment(part: string): string {
  if (isPathSegment(part)) return encodeURIComponent(part);
  const shown = JSON.stringify(part);
  throw new KubemendError("Invalid", `${shown} cannot be part of an address in the API`, {
    retryable: false,
  });
}
