import type { KubernetesObject } from "../../../events/change.ts";
import { readClusterUid } from "../../../adapters/kubernetes/api/cluster-uid.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { describeForeign } from "../../../adapters/clusters/expect-cluster.ts";
import type { MirrorDecision } from "../../../core/mirror/mirror-decision.ts";
import { readProvenance } from "../../../core/mirror/provenance.ts";
import type { CopyOutcome } from "./copy-outcome.ts";
import type { SourceCluster } from "./transfer-context.ts";

type Seen = {
  readonly decision: MirrorDecision;
  /** The source as it was read; null if there is none. */
  readonly source: KubernetesObject | null;
  /** The object at the copy's place; null if there is none. */
  readonly copy: KubernetesObject | null;
};

/**
 * Confirms that the source was read in the cluster that is meant, before a copy is deleted or replaced because its source is gone or another
 * object: an address may lead to another cluster from one moment to the next, and all objects are gone there. Undefined if it was.
 */
export async function confirmSource(
  { decision, source, copy }: Seen,
  cluster: SourceCluster,
  signal: AbortSignal,
): Promise<Extract<CopyOutcome, { readonly outcome: "retry" }> | undefined> {
  if (decision.outcome !== "delete" && decision.outcome !== "update") return undefined;
  const isSame = copy !== null && readProvenance(copy)?.objectUid === source?.metadata.uid;
  // No other object has this uid, in any cluster.
  if (source !== null && isSame) return undefined;
  const reached = await askOnce(cluster.client);
  signal.throwIfAborted();
  if (reached === cluster.uid) return undefined;
  return { outcome: "retry", code: "ForeignCluster", reason: describeForeign(cluster, reached) };
}

type Asked = { readonly now: Promise<string>; next?: Promise<string> };

const asked = new WeakMap<KubernetesClient, Asked>();

/** The uid of the cluster that is reached after this call. Many messages of a batch ask at once: those that wait share the next request. */
function askOnce(client: KubernetesClient): Promise<string> {
  const running = asked.get(client);
  if (running === undefined) return ask(client);
  running.next ??= running.now.then(
    () => ask(client),
    () => ask(client),
  );
  return running.next;
}

function ask(client: KubernetesClient): Promise<string> {
  const now = readClusterUid(client);
  const own: Asked = { now };
  asked.set(client, own);
  const end = (): void => {
    if (asked.get(client) === own && own.next === undefined) asked.delete(client);
  };
  now.then(end, end);
  return now;
}
