import type { OtherCluster } from "../../core/pipeline/pipeline.ts";
import { KubemendError } from "../../core/errors.ts";
import { createDiscovery, type Discovery } from "../kubernetes/api/discovery.ts";
import { createClusterUid, type ClusterUid } from "../kubernetes/api/cluster-uid.ts";
import type { KubernetesClient } from "../kubernetes/http/client.ts";
import { connectCluster } from "../access/connect-cluster.ts";
import { describeForeign } from "./expect-cluster.ts";

/** A cluster other than the pipeline's own, connected. */
export type OpenCluster = {
  readonly name: string;
  /** Uid of its namespace kube-system. */
  readonly uid: string;
  readonly client: KubernetesClient;
  readonly discovery: Discovery;
};

/**
 * Connects a cluster by its name in the pipeline, at its first use, and keeps the connection. Throws UnknownCluster if the pipeline names
 * no such cluster, ForeignCluster if the server reached is not the one that is meant, and the errors of the connection; after a failure
 * the next call tries again.
 */
export type OpenClusters = (name: string, signal: AbortSignal) => Promise<OpenCluster>;

export type OpenClustersDeps = {
  readonly clusters: readonly OtherCluster[];
  /** The uid of the pipeline's own cluster, which no other name may stand for. */
  readonly ownUid: ClusterUid;
  /** ms, monotonic. */
  readonly now: () => number;
  /** Default: by the cluster's access. */
  readonly connect?: ((cluster: OtherCluster) => Promise<KubernetesClient>) | undefined;
};

type Connection = {
  readonly client: KubernetesClient;
  readonly discovery: Discovery;
  readonly uid: ClusterUid;
};

export function openClusters(deps: OpenClustersDeps): OpenClusters {
  const { connect = connectOther, now } = deps;
  const connections = new Map<string, Promise<Connection>>();
  const open = async (cluster: OtherCluster): Promise<Connection> => {
    const client = await connect(cluster);
    return { client, discovery: createDiscovery({ client, now }), uid: createClusterUid(client) };
  };
  const find = (cluster: OtherCluster): Promise<Connection> => {
    const known = connections.get(cluster.name);
    if (known !== undefined) return known;
    const opened = open(cluster);
    connections.set(cluster.name, opened);
    opened.catch(() => connections.delete(cluster.name));
    return opened;
  };
  return async (name, signal) => {
    const cluster = deps.clusters.find((one) => one.name === name);
    if (cluster === undefined) throw unknownCluster(name, deps.clusters);
    const { client, discovery, uid: readUid } = await find(cluster);
    const [uid, own] = await Promise.all([readUid(signal), deps.ownUid(signal)]);
    const fault = findForeign(cluster, { uid, own });
    if (fault !== undefined) throw new KubemendError("ForeignCluster", fault, { retryable: false });
    return { name, uid, client, discovery };
  };
}

/** Connects a cluster by the access that the pipeline states for it. */
export async function connectOther({ name, access }: OtherCluster): Promise<KubernetesClient> {
  if (access.type !== "own") return connectCluster(access);
  const message = `the pipeline states no access to the cluster ${name}`;
  throw new KubemendError("InvalidConfiguration", message, { retryable: false });
}

function unknownCluster(name: string, clusters: readonly OtherCluster[]): KubemendError {
  const names = clusters.map((cluster) => cluster.name).join(", ") || "none";
  const message = `the pipeline names no cluster ${name} (its clusters: ${names})`;
  return new KubemendError("UnknownCluster", message, { retryable: false });
}

function findForeign(
  { name, uid: wanted }: OtherCluster,
  { uid, own }: { readonly uid: string; readonly own: string },
): string | undefined {
  if (wanted !== undefined && wanted !== uid) {
    return describeForeign({ name, uid: wanted }, uid);
  }
  if (uid !== own) return undefined;
  return `cluster ${name} is the pipeline's own cluster (${own}): its access is that of another one`;
}
