import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { openOthers } from "../../../adapters/clusters/open-others.ts";
import type { OtherCluster, Pipeline } from "../../../core/pipeline/pipeline.ts";
import type { ProcessDeps } from "../../../functions/remediate/message/settle.ts";
import { toDeps, type RemediationWorld } from "../functions/remediation-world.ts";

/** The name of the other cluster in the pipelines of tests. */
export const BACKUP = "backup";

/** The pipeline, which reaches one other cluster by this kubeconfig. */
export function withBackup(pipeline: Pipeline, kubeconfig: string): Pipeline {
  const backup: OtherCluster = { name: BACKUP, access: { type: "kubeconfig", path: kubeconfig } };
  return { ...pipeline, clusters: [backup] };
}

/** The dependencies of remediate, which reaches the clusters of the pipeline as the function does, or by this client. */
export function toReachingDeps(
  world: RemediationWorld,
  options: NonNullable<Parameters<typeof toDeps>[1]> & { readonly pipeline: Pipeline },
  client?: KubernetesClient,
): ReturnType<typeof toDeps> & ProcessDeps {
  const reachOthers = openOthers({
    clusters: options.pipeline.clusters,
    ownUid: async () => world.clusterUid,
    now: () => performance.now(),
    ...(client === undefined ? {} : { connect: async () => client }),
  });
  return { ...toDeps(world, options), reachOthers };
}
