import type { Pipeline } from "../pipeline/pipeline.ts";

type Cluster = { readonly name: string; readonly uid: string };

/** The cluster of a message under the name that the pipeline gives it: rules may decide by the name, so it is never the sender's. */
export function toOwnCluster({ cluster }: Pick<Pipeline, "cluster">, { uid }: Cluster): Cluster {
  return { name: cluster.name, uid };
}
