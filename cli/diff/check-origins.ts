import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { readField, readList } from "../../core/json/read-json.ts";
import { isWrittenAsCopy, readProvenance } from "../../core/mirror/provenance.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import type { Side } from "../clusters/connect-side.ts";
import { misuse } from "../terminal/misuse.ts";

/** The two sides of a diff, watched: whether the copies that are read fit to the clusters that the user has named. */
export type Origins = {
  readonly source: Side;
  readonly target: Side;
  /** Throws a misuse if nothing differs because the copies that were read are those of another cluster. */
  readonly checkEqual: () => void;
};

/**
 * A cluster whose uid the pipeline does not state may be the pipeline's own, or any other that the user has named by mistake: nothing would
 * differ then, because copies are not mirrored on, and copies of another cluster are not those that are asked about. So the copies are asked
 * what they come from. Those in the pipeline's own cluster come from a cluster whose changes a rule takes, which states its uid.
 */
export function watchOrigins(
  { clusters, rules }: Pick<Pipeline, "clusters" | "rules">,
  { source, target }: { readonly source: Side; readonly target: Side },
): Origins {
  const stated = new Set(clusters.flatMap(({ uid }) => (uid === undefined ? [] : [uid])));
  if (stated.has(source.uid)) return { source, target, checkEqual: () => undefined };
  const ids = new Set(rules.map(({ id }) => id));
  const findOrigin = (object: unknown): string | undefined => {
    const provenance = isWrittenAsCopy(object) ? readProvenance(object) : undefined;
    return provenance !== undefined && ids.has(provenance.rule) ? provenance.clusterUid : undefined;
  };
  let own = 0;
  let foreign: string | undefined;
  const checkSource = (object: unknown): void => {
    const uid = findOrigin(object);
    if (uid === undefined || uid === source.uid || stated.has(uid)) return;
    throw misuse(toSwapped(source, target, uid));
  };
  const checkTarget = (object: unknown): void => {
    const uid = findOrigin(object);
    if (uid === undefined) return;
    if (uid === source.uid) own += 1;
    else if (!stated.has(uid)) foreign ??= uid;
  };
  return {
    source: { ...source, client: watchLists(source.client, checkSource) },
    target: { ...target, client: watchLists(target.client, checkTarget) },
    checkEqual() {
      if (foreign === undefined || own > 0) return;
      throw misuse(
        `nothing was compared: the copies in ${target.name} are those of the cluster ${foreign}, and ${source.name} is ${source.uid}: name the context of the objects' cluster in --from`,
      );
    },
  };
}

function toSwapped(source: Side, target: Side, uid: string): string {
  const from = `${source.name} has copies that Kubemend has made of objects of`;
  if (uid === target.uid) {
    return `${from} ${target.name}: the contexts are swapped; write --from with the objects' cluster, and --to with that of the copies`;
  }
  return `${from} the cluster ${uid}, so it is not the pipeline's own cluster: name the context of that in --from, or add the uid of ${source.name} to clusters if rules take its changes`;
}

/** The same client; `check` gets each item of what is listed. */
function watchLists(client: KubernetesClient, check: (item: unknown) => void): KubernetesClient {
  return {
    server: client.server,
    stream: (request) => client.stream(request),
    close: () => client.close(),
    async request<T>(request: Parameters<KubernetesClient["request"]>[0]) {
      const answer = await client.request<T>(request);
      for (const item of readList(readField(answer, "items"))) check(item);
      return answer;
    },
  };
}
