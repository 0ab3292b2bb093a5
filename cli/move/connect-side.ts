import type { OpenCluster } from "../../adapters/clusters/open-clusters.ts";
import { createClusterUid } from "../../adapters/kubernetes/api/cluster-uid.ts";
import { createDiscovery } from "../../adapters/kubernetes/api/discovery.ts";
import { connectKubeConfig } from "../../adapters/kubernetes/connect/kubeconfig-connection.ts";

/** Connects the cluster of a context. */
export async function connectSide(
  context: string,
  { kubeconfig }: { readonly kubeconfig?: string | undefined },
  signal: AbortSignal,
): Promise<OpenCluster & AsyncDisposable> {
  const client = await connectKubeConfig({ kubeconfig, context });
  try {
    return {
      name: context,
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
