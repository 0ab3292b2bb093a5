import { readField, readTextMap } from "../../../core/json/read-json.ts";
import type { KubernetesClient } from "../http/client.ts";
import { toNamespaceAddress } from "./namespace-address.ts";
import { getObject } from "./objects.ts";

/** How long labels are used before they are read again. */
const KEEP_MS = 60_000;
/** More namespaces are forgotten. */
const KEPT_MAX = 1_000;
/** An alert waits no longer for them. */
const TIMEOUT_MS = 2_000;

type Labels = Readonly<Record<string, string>>;

/** The labels of a namespace; undefined if they cannot be read in time. */
export type ReadNamespaceLabels = (
  namespace: string,
  signal?: AbortSignal,
) => Promise<Labels | undefined>;

/**
 * Reads the labels of namespaces, each at most once a minute. Never throws: an alert is sent without them. One that is gone has none.
 */
export function createReadNamespaceLabels(deps: {
  readonly client: KubernetesClient;
  /** Monotonic ms. */
  readonly now: () => number;
}): ReadNamespaceLabels {
  const { client, now } = deps;
  const kept = new Map<string, { readonly labels: Promise<Labels>; readonly until: number }>();
  return async (namespace, signal) => {
    const known = kept.get(namespace);
    if (known !== undefined && now() < known.until) return known.labels.catch(() => undefined);
    const labels = read(client, namespace, signal);
    if (kept.size >= KEPT_MAX) kept.clear();
    kept.set(namespace, { labels, until: now() + KEEP_MS });
    try {
      return await labels;
    } catch {
      kept.delete(namespace);
      return undefined;
    }
  };
}

async function read(
  client: KubernetesClient,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Labels> {
  const target = toNamespaceAddress(name);
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const limited = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  return readTextMap(readField(await getObject(client, target, limited), "metadata", "labels"));
}
