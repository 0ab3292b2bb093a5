import { describeError, isKubemendError } from "../../../core/errors.ts";
import type { KubernetesClient } from "../http/client.ts";

/** Where a resource that is not Kubernetes' own comes from. */
export type ResourceOrigin =
  | { readonly origin: "custom" }
  /** An API server of its own answers, behind an APIService. */
  | { readonly origin: "aggregated" }
  | { readonly origin: "unknown"; readonly reason: string };

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
/** A definition may have megabytes of schemas, and only whether it is there matters. */
const ACCEPT = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/**
 * Whether there is a CustomResourceDefinition for a resource: only then do its resourceVersions count like those of built-in
 * kinds. Needs the right to get that one definition by name; never throws, whoever may not ask does not know.
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
