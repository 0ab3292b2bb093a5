import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";

/**
 * Makes the object as it is given, whatever was there: server-side apply with force, so a list of rules is replaced and
 * what others added to other fields stays. https://kubernetes.io/docs/reference/using-api/server-side-apply/
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
