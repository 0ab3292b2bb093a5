import { createKubernetesClient } from "../http/create-client.ts";
import type { KubernetesClient } from "../http/client.ts";
import type { AccessSource } from "./access-source.ts";
import { createHttpsTransport } from "./https-transport.ts";
import { readKubeconfig, toServerAddress } from "./kubeconfig.ts";

/**
 * A client for the functions, by node:https alone (`https-transport.ts`). The kubeconfig is read once; throws
 * `InvalidConfiguration` if it names anything but tokens, token files, client certificates and CAs.
 */
export async function connectLean(options: {
  readonly kubeconfig: string;
}): Promise<KubernetesClient> {
  const access = await readKubeconfig(options.kubeconfig);
  return createLeanClient({ description: toServerAddress(access), current: async () => access });
}

/** The same with credentials that may change while the process lives. */
export function createLeanClient(source: AccessSource): KubernetesClient {
  return createKubernetesClient(createHttpsTransport(source));
}
