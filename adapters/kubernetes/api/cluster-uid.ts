import type { KubernetesClient } from "../http/client.ts";
import { toNamespaceAddress } from "./namespace-address.ts";
import { getObject } from "./objects.ts";
import { KubemendError } from "../../../core/errors.ts";

const KUBE_SYSTEM = toNamespaceAddress("kube-system");

/** The uid of the cluster that a client reaches. Read from the API server once, then cached. */
export type ClusterUid = (signal: AbortSignal) => Promise<string>;

/** The uid is read again if the client now reaches another server. A missing permission is an error like any other. */
export function createClusterUid(client: KubernetesClient): ClusterUid {
  let known: { readonly server: string; readonly uid: string } | undefined;
  return async (signal) => {
    if (known?.server === client.server) return known.uid;
    const uid = await readClusterUid(client, signal);
    known = { server: client.server, uid };
    return uid;
  };
}

/** Why a message is not for this function: it is about another cluster, where the same names mean other objects. */
export async function findForeignCluster(
  { name, uid }: { readonly name: string; readonly uid: string },
  clusterUid: ClusterUid,
  signal: AbortSignal,
): Promise<string | undefined> {
  const reached = await clusterUid(signal);
  if (uid === reached) return undefined;
  return `the message is about cluster ${name} (${uid}), this function reaches ${reached}: no rule takes changes of that cluster (name it in clusters and on.clusters, and redrive the message, or stop its relay)`;
}

/** The identity of a cluster: the uid of its namespace kube-system, which exists as long as the cluster. */
export async function readClusterUid(
  client: KubernetesClient,
  signal?: AbortSignal,
): Promise<string> {
  const namespace = await getObject(client, KUBE_SYSTEM, signal);
  if (namespace !== null) return namespace.metadata.uid;
  // A control plane creates it in its first second.
  throw new KubemendError("Unavailable", "the cluster has no namespace kube-system yet", {
    retryable: true,
  });
}
