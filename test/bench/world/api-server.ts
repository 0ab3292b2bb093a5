import { join } from "node:path";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { ensureBinaries } from "../../../sandbox/build/binaries.ts";
import { startControlPlane } from "../../../sandbox/control-plane/control-plane.ts";
import type { Progress } from "../progress.ts";

export const NAMESPACE = "bench";

export type ApiServer = AsyncDisposable & {
  readonly kubeconfig: string;
  readonly client: KubernetesClient;
  /** `/api/v1/namespaces/bench/<resource>` */
  readonly collection: (resource: string) => string;
};

/** A real API server with only a namespace in which pods may be created. */
export async function startApiServer(folder: string, progress: Progress): Promise<ApiServer> {
  await using stack = new AsyncDisposableStack();
  progress.doing("starting the API server");
  const binaries = await ensureBinaries({ progress: ({ message }) => progress.at(message) });
  const controlPlane = await startControlPlane({
    dataDir: join(folder, "control-plane"),
    binaries,
    apiOnly: true,
    // Otherwise API priority and fairness would slow down writers that share an identity.
    extraFlags: { "kube-apiserver": ["--max-mutating-requests-inflight=1000"] },
  });
  stack.defer(() => controlPlane.stop());
  const { kubeconfig } = controlPlane;
  const client = await connectKubeConfig({ kubeconfig });
  stack.defer(() => client.close());
  const create = (path: string, body: unknown): Promise<unknown> =>
    client.request({ method: "POST", path, body });
  await create("/api/v1/namespaces", { metadata: { name: NAMESPACE } });
  // A pod is admitted only if its ServiceAccount exists; no controller creates it here.
  await create(`/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, {
    metadata: { name: "default" },
  });
  const owned = stack.move();
  return {
    kubeconfig,
    client,
    collection: (resource) => `/api/v1/namespaces/${NAMESPACE}/${resource}`,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
