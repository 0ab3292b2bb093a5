import type { OtherCluster, Pipeline } from "../../core/pipeline/pipeline.ts";
import type { ClusterUid } from "../kubernetes/api/cluster-uid.ts";
import type { Discovery } from "../kubernetes/api/discovery.ts";
import type { KubernetesClient } from "../kubernetes/http/client.ts";

/** A cluster whose changes a function takes, connected. */
export type Source = {
  /** The pipeline as it is for this cluster's changes: its own cluster is this one. */
  readonly pipeline: Pipeline;
  readonly client: KubernetesClient;
  readonly discovery: Discovery;
  readonly clusterUid: ClusterUid;
  /** Connects the other clusters of its pipeline; absent: by their access. */
  readonly connect?: ((cluster: OtherCluster) => Promise<KubernetesClient>) | undefined;
};

/** The contexts of a function, one for each cluster whose changes it takes. */
export type Sources<T> = {
  /** For the pipeline's own cluster. */
  readonly own: T;
  /** For the cluster that a message is about; for the own one if the message says nothing that is known, so that it is refused there. */
  readonly of: (body: string) => Promise<T>;
  /** For the other clusters, each connected at its first use. */
  readonly others: readonly { readonly name: string; readonly open: () => Promise<T> }[];
};
