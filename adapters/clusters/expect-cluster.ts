import { KubemendError } from "../../core/errors.ts";
import { createClusterUid, type ClusterUid } from "../kubernetes/api/cluster-uid.ts";
import type { KubernetesClient } from "../kubernetes/http/client.ts";

/**
 * The same client, which asks the server for its uid before the first request: if that is another cluster than the one that is meant, no
 * request is sent, and each fails as ForeignCluster. That is a temporary failure: somebody can correct the access, and a cluster that is
 * asked wrongly is asked again each time.
 */
export function expectCluster(
  client: KubernetesClient,
  cluster: { readonly name: string; readonly uid: string },
): { readonly client: KubernetesClient; readonly clusterUid: ClusterUid } {
  let readUid = createClusterUid(client);
  const clusterUid: ClusterUid = async (signal) => {
    const reached = await readUid(signal);
    if (reached === cluster.uid) return reached;
    readUid = createClusterUid(client);
    throw new KubemendError("ForeignCluster", describeForeign(cluster, reached), {
      retryable: true,
    });
  };
  const check = async (signal: AbortSignal = new AbortController().signal): Promise<void> => {
    await clusterUid(signal);
  };
  return {
    clusterUid,
    client: {
      get server() {
        return client.server;
      },
      close: () => client.close(),
      async request<T>(request: Parameters<KubernetesClient["request"]>[0]) {
        await check(request.signal);
        return client.request<T>(request);
      },
      async stream(request) {
        await check(request.signal);
        return client.stream(request);
      },
    },
  };
}

/** The message about a server with another uid than the one that the pipeline states. */
export function describeForeign(
  { name, uid }: { readonly name: string; readonly uid: string },
  reached: string,
): string {
  return `cluster ${name} is to have the uid ${uid}, and the server reached has ${reached}: correct its access, or its uid in the pipeline`;
}
