import type { KubernetesClient } from "./client.ts";
import { getObject } from "./objects.ts";
import { KubemendError } from "../../core/errors.ts";

const KUBE_SYSTEM = {
  group: "",
  version: "v1",
  resource: "namespaces",
  kind: "Namespace",
  namespace: null,
  name: "kube-system",
};

/** What a cluster is known by: the uid of its namespace kube-system, which lives as long as the cluster. */
export async function readClusterUid(
  client: KubernetesClient,
  signal?: AbortSignal,
): Promise<string> {
  const namespace = await getObject(client, KUBE_SYSTEM, signal);
  if (namespace !== null) return namespace.metadata.uid;
  // A control plane makes it in its first second.
  throw new KubemendError("Unavailable", "the cluster has no namespace kube-system yet", {
    retryable: true,
  });
}
