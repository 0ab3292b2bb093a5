import type { ResourceType } from "../../../events/change.ts";

/** The address of a resource or of one of its objects. Without `name`: the collection; without `namespace`: cluster-wide. */
export type ResourceAddress = Pick<ResourceType, "group" | "version" | "resource"> & {
  readonly namespace?: string | null | undefined;
  readonly name?: string | undefined;
  readonly subresource?: "status" | "scale" | "eviction" | undefined;
};

/**
 * The encoded API path of an object or a collection: `/api/v1/...` for the core group, `/apis/<group>/<version>/...` for others.
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
  return `/${parts.map(encodeURIComponent).join("/")}`;
}
