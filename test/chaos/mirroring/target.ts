import { join } from "node:path";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { connectLean } from "../../../adapters/kubernetes/connect/lean-connection.ts";
import { ensureBinaries } from "../../../sandbox/build/binaries.ts";
import {
  startControlPlane,
  type ControlPlane,
} from "../../../sandbox/control-plane/control-plane.ts";

/** The cluster into which rounds mirror. */
export type Target = AsyncDisposable & {
  readonly controlPlane: ControlPlane;
  /** The administrator. */
  readonly client: KubernetesClient;
};

export async function startTarget(folder: string): Promise<Target> {
  await using stack = new AsyncDisposableStack();
  const binaries = await ensureBinaries({});
  const dataDir = join(folder, "target");
  const controlPlane = await startControlPlane({ dataDir, binaries, apiOnly: true });
  stack.defer(() => controlPlane.stop());
  const client = await connectLean({ kubeconfig: controlPlane.kubeconfig });
  stack.defer(() => client.close());
  const parts = stack.move();
  return { controlPlane, client, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}
