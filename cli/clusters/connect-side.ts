import type { OpenCluster } from "../../adapters/clusters/open-clusters.ts";
import { createClusterUid } from "../../adapters/kubernetes/api/cluster-uid.ts";
import { createDiscovery } from "../../adapters/kubernetes/api/discovery.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";

/** A cluster of a command about two clusters, connected, under the name that the user has given it. */
export type Side = OpenCluster & AsyncDisposable;

/** Connects a cluster and reads its uid. If that fails, the connection is closed. */
export async function connectSide(
  name: string,
  connect: () => Promise<KubernetesClient>,
  signal: AbortSignal,
): Promise<Side> {
  const client = await connect();
  try {
    return {
      name,
      client,
      discovery: createDiscovery({ client, now: () => performance.now() }),
      uid: await createClusterUid(client)(signal),
      [Symbol.asyncDispose]: () => client.close(),
    };
  } catch (error) {
    await client.close();
    throw error;
  }
}
