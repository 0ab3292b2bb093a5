import { toClusterError } from "../../adapters/kubernetes/clusters/cluster-error.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { connectSide, type Side } from "../clusters/connect-side.ts";
import { toReadOnly } from "../observe/read-only-client.ts";

/** Connects a cluster for reading only. Its errors say that it is the one to which the user has given this name. */
export function connectForReading(
  name: string,
  connect: () => Promise<KubernetesClient>,
  signal: AbortSignal,
): Promise<Side> {
  return connectSide(name, async () => toReadOnly(toNamed(await connect(), name)), signal);
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
