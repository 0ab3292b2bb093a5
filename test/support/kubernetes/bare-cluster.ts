import { join } from "node:path";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { ensureBinaries } from "../../../sandbox/build/binaries.ts";
import {
  startControlPlane,
  type ControlPlane,
} from "../../../sandbox/control-plane/control-plane.ts";
import { temporaryFolder } from "../host/temporary-folder.ts";

/** etcd and an API server without controllers. */
export type BareCluster = AsyncDisposable & {
  /** A temporary folder, for other files too. */
  readonly folder: string;
  readonly controlPlane: ControlPlane;
  /** The administrator's. */
  readonly client: KubernetesClient;
};

export async function startBareCluster(): Promise<BareCluster> {
  await using stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(temporaryFolder());
  const controlPlane = await startControlPlane({
    dataDir: join(folder, "control-plane"),
    binaries: await ensureBinaries({}),
    apiOnly: true,
  });
  stack.defer(() => controlPlane.stop());
  const client = await connectKubeConfig({ kubeconfig: controlPlane.kubeconfig });
  stack.defer(() => client.close());
  const parts = stack.move();
  return {
    folder,
    controlPlane,
    client,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
