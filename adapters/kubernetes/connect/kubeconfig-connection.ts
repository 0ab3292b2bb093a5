import { createKubernetesClient } from "../http/create-client.ts";
import type { KubernetesClient } from "../http/client.ts";
import { openKubeConfig, type KubeConfigOptions } from "./kubeconfig-access.ts";
import { createUndiciTransport } from "./undici-transport.ts";

/**
 * A client for the relay, the command line and the sandbox: everything that a kubeconfig can name (`undici-transport.ts`). After
 * a 401 the kubeconfig is read again. Throws `InvalidConfiguration` if the kubeconfig cannot be used.
 */
export async function connectKubeConfig(options: KubeConfigOptions): Promise<KubernetesClient> {
  return createKubernetesClient(createUndiciTransport(openKubeConfig(options)));
}
