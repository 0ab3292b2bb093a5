import { readMessageJson } from "../../events/contract.ts";
import { CHANGE_MAX_VALUES } from "../../events/json-values.ts";
import { describeError, isKubemendError, KubemendError } from "../../core/errors.ts";
import { readField } from "../../core/json/read-json.ts";
import type { OtherCluster } from "../../core/pipeline/pipeline.ts";
import { findSources, viewFrom } from "../../core/pipeline/source-view.ts";
import { createClusterUid, type ClusterUid } from "../kubernetes/api/cluster-uid.ts";
import { createDiscovery } from "../kubernetes/api/discovery.ts";
import type { KubernetesClient } from "../kubernetes/http/client.ts";
import { expectCluster } from "./expect-cluster.ts";
import { limitReads } from "./limit-reads.ts";
import { connectOther } from "./open-clusters.ts";
import type { Source, Sources } from "./source.ts";

type SeveralSourcesDeps = {
  /** ms, monotonic. */
  readonly now: () => number;
  /** Default: by the cluster's access. */
  readonly connect?: ((cluster: OtherCluster) => Promise<KubernetesClient>) | undefined;
};

/**
 * The contexts of a function whose pipeline takes changes of several clusters. Which cluster a message is about follows from its uid and the
 * pipeline alone, so nobody can have a function ask a cluster by sending it a message about another one; and a server with another uid than
 * the pipeline states for a source is asked for nothing but its uid. An outage of any of them, the pipeline's own included, costs each batch
 * one wait at most (`limitReads`).
 */
export async function openSeveral<T>(
  { pipeline, client }: Pick<Source, "pipeline" | "client">,
  make: (source: Source) => T | Promise<T>,
  { now, connect = connectOther }: SeveralSourcesDeps,
): Promise<Sources<T>> {
  const ownName = pipeline.cluster.name;
  const connectOnce = keep(connect);
  const connectAny = async (cluster: OtherCluster): Promise<KubernetesClient> =>
    cluster.name === ownName ? client : connectOnce(cluster);
  const limit = (connected: KubernetesClient) => limitReads(connected, now, READ_MAX_MS);
  const makeFor = (name: string, reached: Reached): T | Promise<T> =>
    make({
      ...reached,
      pipeline: viewFrom(pipeline, name),
      discovery: createDiscovery({ client: reached.client, now }),
      connect: connectAny,
    });
  const limited = limit(client);
  const own = await makeFor(ownName, { client: limited, clusterUid: createClusterUid(limited) });
  const open = keep(async (cluster) => {
    const connected = limit(await connectSource(cluster, connectOnce));
    // Validation requires the uid of a source.
    const { name, uid = "" } = cluster;
    return makeFor(name, expectCluster(connected, { name, uid }));
  });
  const sources = findSources(pipeline);
  return {
    own,
    async of(body) {
      const uid = readSourceUid(body);
      const source = sources.find((cluster) => cluster.uid !== undefined && cluster.uid === uid);
      return source === undefined ? own : open(source);
    },
    others: sources.map((source) => ({ name: source.name, open: () => open(source) })),
  };
}

type Reached = { readonly client: KubernetesClient; readonly clusterUid: ClusterUid };

/** Somebody can correct the access, so a failure is a temporary one. */
async function connectSource(
  cluster: OtherCluster,
  connect: (cluster: OtherCluster) => Promise<KubernetesClient>,
): Promise<KubernetesClient> {
  try {
    return await connect(cluster);
  } catch (error) {
    const code = isKubemendError(error) ? error.code : "Unreachable";
    const message = `the cluster ${cluster.name} cannot be connected: ${describeError(error)}`;
    throw new KubemendError(code, message, { retryable: true, cause: error });
  }
}

/** The longest wait for an answer to a read: the changes of the other clusters are processed in the same function. */
const READ_MAX_MS = 10_000;

const SOURCE = /^\/clusters\/(?<uid>[^/]+)\//;

/** The uid of the cluster in the `source` of a message, which is there also if its data is packed; undefined if it cannot be read. */
function readSourceUid(body: string): string | undefined {
  const read = readMessageJson(body, CHANGE_MAX_VALUES);
  const source = read.outcome === "refused" ? undefined : readField(read.value, "source");
  return typeof source === "string" ? SOURCE.exec(source)?.groups?.["uid"] : undefined;
}

/** The same function, called once for each cluster, and again after a failure. */
function keep<T>(
  call: (cluster: OtherCluster) => Promise<T>,
): (cluster: OtherCluster) => Promise<T> {
  const kept = new Map<string, Promise<T>>();
  return (cluster) => {
    const known = kept.get(cluster.name);
    if (known !== undefined) return known;
    const called = call(cluster);
    kept.set(cluster.name, called);
    called.catch(() => kept.delete(cluster.name));
    return called;
  };
}
