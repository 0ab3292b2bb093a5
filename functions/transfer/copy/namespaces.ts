import type { KubernetesObject } from "../../../events/change.ts";
import {
  createReadNamespace,
  type ReadNamespace,
} from "../../../adapters/kubernetes/api/namespaces.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";

/** The readers of each cluster, for as long as its connection lives. */
const readers = new WeakMap<KubernetesClient, ReadNamespace>();

/** The namespace of an object in one of the clusters, as it was a few seconds ago; null if there is none. */
export async function readNamespaceOf(
  client: KubernetesClient,
  namespace: string | null,
  signal: AbortSignal,
): Promise<KubernetesObject | null> {
  if (namespace === null) return null;
  const read = readers.get(client) ?? createReadNamespace({ client, now: () => performance.now() });
  readers.set(client, read);
  return (await read(namespace, signal)) ?? null;
}
