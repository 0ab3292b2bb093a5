/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { connectForPipeline } from "../functions/granted-client.ts";
import { createNamespace, listAll } from "../functions/many-targets.ts";
import { createPodOn } from "../functions/nodes.ts";
import type { Scene } from "../functions/remediation-scene.ts";
import {
  getRecord,
  startRemediationWorld,
  toPipeline,
  type JobObject,
  type Json,
  type RemediationWorld,
} from "../functions/remediation-world.ts";

/** The namespace of the Pods that are evicted. */
export const DRAINED = "shop";

/** Nodes with Pods, and clients with the rights of a rule that drains them. */
export type DrainScene = {
  readonly connect: (pipeline: Pipeline) => Promise<KubernetesClient>;
  /** A Pod in `shop`. */
  readonly createPod: (
    node: string,
    name: string,
    metadata?: Json,
    spec?: Json,
  ) => Promise<JobObject>;
  readonly removeBudget: (name: string) => Promise<void>;
  readonly listPods: (node: string) => Promise<readonly string[]>;
  /** Delivers each wake-up at its time, until the record has ended. */
  readonly finish: (scene: Scene, client: KubernetesClient, record: string) => Promise<void>;
};

/** Starts an API server, which the stack stops. */
export async function startDrainScene(
  stack: AsyncDisposableStack,
): Promise<{ readonly world: RemediationWorld; readonly drains: DrainScene }> {
  const world = await startRemediationWorld();
  stack.defer(() => world.stop());
  await createNamespace(world, DRAINED);
  let count = 0;
  const drains: DrainScene = {
    async connect(pipeline) {
      count += 1;
      return connectForPipeline(world, `drain-${count}`, pipeline);
    },
    createPod: (node, name, metadata, spec) =>
      createPodOn(world, node, { namespace: DRAINED, name, metadata, spec }),
    async removeBudget(name) {
      const path = `/apis/policy/v1/namespaces/${DRAINED}/poddisruptionbudgets/${name}`;
      await world.admin.request({ method: "DELETE", path });
    },
    async listPods(node) {
      const pods = await listAll(world, "pods", DRAINED, `node=${node}`);
      return pods.map(({ metadata }) => metadata.name);
    },
    async finish(scene, client, record) {
      for (let round = 0; round < 20; round += 1) {
        if ((await getRecord(world, record))?.status?.phase !== "Waiting") return;
        await scene.wake(client);
      }
    },
  };
  return { world, drains };
}

export function toDrainPipeline(drain: Json = {}, more: Json = {}): Pipeline {
  return toPipeline({
    on: { resource: "nodes" },
    where: "true",
    once: "object",
    reach: "cluster",
    then: [{ drain: { gracePeriodSeconds: 0, ...drain } }],
    ...more,
  });
}
