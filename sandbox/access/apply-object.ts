import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";

/**
 * Creates or updates the object by server-side apply with force: a list of rules is replaced as a whole, and fields that
 * others own are kept. https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export async function applyObject(
  client: KubernetesClient,
  collection: string,
  object: { readonly metadata: { readonly name: string } },
  signal?: AbortSignal,
): Promise<void> {
  await client.request({
    method: "PATCH",
    path: `${collection}/${encodeURIComponent(object.metadata.name)}`,
    query: { fieldManager: "kubemend-sandbox", force: true },
    // JSON is YAML.
    contentType: "application/apply-patch+yaml",
    body: object,
    signal,
  });
}
