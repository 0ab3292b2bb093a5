import type { OtherCluster } from "../../core/pipeline/pipeline.ts";
import type { ClusterUid } from "../kubernetes/api/cluster-uid.ts";
import { createReadNamespace, type ReadNamespace } from "../kubernetes/api/namespaces.ts";
import { reachClusters, type OtherClient } from "../kubernetes/clusters/reach-clusters.ts";
import type { Executor, ExecutorDeps } from "../kubernetes/remediation/executor.ts";
import type { KubernetesClient } from "../kubernetes/http/client.ts";
import { limitOutage } from "./limit-outage.ts";
import { connectOther, openClusters } from "./open-clusters.ts";

/**
 * Makes executors that reach the other clusters of a pipeline. Each cluster is connected at its first use, and stays so for as long as the
 * process lives. An outage of one of them is limited (`limitOutage`).
 */
export function openOthers(deps: {
  readonly clusters: readonly OtherCluster[];
  readonly ownUid: ClusterUid;
  /** ms, monotonic. */
  readonly now: () => number;
  /** Default: by the cluster's access. */
  readonly connect?: ((cluster: OtherCluster) => Promise<KubernetesClient>) | undefined;
}): (deps: ExecutorDeps) => Executor {
  const { now, connect = connectOther } = deps;
  const open = openClusters({
    ...deps,
    connect: async (cluster) => limitOutage(await connect(cluster), now),
  });
  const namespaces = new WeakMap<KubernetesClient, ReadNamespace>();
  const openOther = async (name: string, signal: AbortSignal): Promise<OtherClient> => {
    const { client, discovery } = await open(name, signal);
    const readNamespace = namespaces.get(client) ?? createReadNamespace({ client, now });
    namespaces.set(client, readNamespace);
    return { client, discovery, readNamespace };
  };
  return (own) => reachClusters(own, openOther);
}
