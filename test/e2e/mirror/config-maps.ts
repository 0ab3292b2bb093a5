import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import type { Json } from "../../support/mirror/mirror-world.ts";

/** The ConfigMaps of the namespace `shop`. */
export const SHOP = "/api/v1/namespaces/shop/configmaps";

/** Creates a ConfigMap in one of the clusters; `path` is that of the ConfigMaps of a namespace. */
export function createConfigMap(
  client: KubernetesClient,
  path: string,
  { metadata, data }: { readonly metadata: Json; readonly data: Json },
): Promise<KubernetesObject> {
  return client.request({ method: "POST", path, body: { metadata, data } });
}

/** Changes data of a ConfigMap as a user who is not Kubemend; null removes a key. */
export function patchConfigMap(
  client: KubernetesClient,
  path: string,
  data: Json,
): Promise<KubernetesObject> {
  return client.request({
    method: "PATCH",
    path,
    query: { fieldManager: "somebody" },
    contentType: "application/merge-patch+json",
    body: { data },
  });
}
