import { createClusterUid } from "../../adapters/kubernetes/api/cluster-uid.ts";
import { createDiscovery, type Discovery } from "../../adapters/kubernetes/api/discovery.ts";
import { toClusterError } from "../../adapters/kubernetes/clusters/cluster-error.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { toReadOnly } from "../observe/read-only-client.ts";

/** One of the two clusters, connected for reading only. */
export type Side = AsyncDisposable & {
  /** As the user has named it. */
  readonly name: string;
  /** Of its namespace kube-system. */
  readonly uid: string;
  readonly client: KubernetesClient;
  readonly discovery: Discovery;
};

/** Connects a cluster. Its errors say that it is the one that the user has named so. */
export async function connectSide(
  name: string,
  connect: () => Promise<KubernetesClient>,
  signal: AbortSignal,
): Promise<Side> {
  const client = toReadOnly(toNamed(await connect(), name));
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

function toNamed(client: KubernetesClient, name: string): KubernetesClient {
  const rename = (error: unknown): never => {
    throw toClusterError(error, name);
  };
  return {
    server: client.server,
    request: (request) => client.request<never>(request).catch(rename),
    stream: (request) => client.stream(request).catch(rename),
    close: () => client.close(),
  };
}
