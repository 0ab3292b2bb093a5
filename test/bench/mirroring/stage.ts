import { join } from "node:path";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { connectLean } from "../../../adapters/kubernetes/connect/lean-connection.ts";
import { startApiServer } from "../../support/kubernetes/api-server.ts";
import { setStage, type QueueKind, type Stage } from "../remediation/stage.ts";

/** The pipeline mirrors the ConfigMaps of this namespace. */
export const MIRRORED = "mirrored";
/** A namespace that nothing watches. */
export const BARE = "bare";

/** Two API servers of different versions, queues, and on demand the whole pipeline, which mirrors from one to the other. */
export type MirrorStage = AsyncDisposable & {
  readonly stage: Stage;
  /** The administrator of the source. */
  readonly source: KubernetesClient;
  /** The administrator of the target. */
  readonly target: KubernetesClient;
};

export async function setMirrorStage(folder: string, queues: QueueKind): Promise<MirrorStage> {
  await using stack = new AsyncDisposableStack();
  const controlPlane = await startApiServer("1.33.13", join(folder, "target"));
  stack.defer(() => controlPlane.stop());
  const { kubeconfig } = controlPlane;
  const target = await connectLean({ kubeconfig });
  stack.defer(() => target.close());
  const pipeline = JSON.stringify(toPipeline(kubeconfig));
  const stage = stack.use(await setStage({ rules: 1, queues, guards: "off", pipeline }));
  const source = await connectLean({ kubeconfig: stage.kubeconfig });
  stack.defer(() => source.close());
  for (const client of [source, target]) {
    for (const name of [MIRRORED, BARE]) {
      const body = { metadata: { name } };
      await client.request({ method: "POST", path: "/api/v1/namespaces", body });
    }
  }
  const parts = stack.move();
  return { stage, source, target, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

function toPipeline(kubeconfig: string): object {
  return {
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "bench" },
    clusters: [{ name: "there", access: { kubeconfig } }],
    rules: [
      {
        id: "mirror",
        on: { resource: "configmaps", namespaces: [MIRRORED] },
        // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
        then: [{ mirror: { to: ["there"] } }],
      },
    ],
  };
}
