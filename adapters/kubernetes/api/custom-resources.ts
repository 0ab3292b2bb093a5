import { describeError, isKubemendError } from "../../../core/errors.ts";
import type { KubernetesClient } from "../http/client.ts";

/** Where a resource that is not built in comes from. */
export type ResourceOrigin =
  | { readonly origin: "custom" }
  /** Served by another API server, behind an APIService. */
  | { readonly origin: "aggregated" }
  | { readonly origin: "unknown"; readonly reason: string };

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
/** A definition may contain megabytes of schemas, and only its existence matters. */
const ACCEPT = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/**
 * Whether a resource has a CustomResourceDefinition: only then are its resourceVersions comparable like those of built-in kinds.
 * Needs the permission to get that one definition by name. Never throws: without the permission the origin is unknown.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
export async function readResourceOrigin(
  client: KubernetesClient,
  resource: { readonly group: string; readonly resource: string },
  signal?: AbortSignal,
): Promise<ResourceOrigin> {
  const path = `${CRDS}/${encodeURIComponent(`${resource.resource}.${resource.group}`)}`;
  try {
    await client.request({ method: "GET", path, accept: ACCEPT, signal });
    return { origin: "custom" };
  } catch (error) {
    if (isKubemendError(error, "NotFound")) return { origin: "aggregated" };
    return { origin: "unknown", reason: describeError(error) };
  }
}
