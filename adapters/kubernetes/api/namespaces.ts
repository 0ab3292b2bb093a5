import type { KubernetesObject } from "../../../events/change.ts";
import type { KubernetesClient } from "../http/client.ts";
import { toNamespaceAddress } from "./namespace-address.ts";
import { getObject } from "./objects.ts";

/** A namespace as it was a few seconds ago; null if it does not exist, undefined if nothing is known of it. */
export type ReadNamespace = (
  name: string,
  signal?: AbortSignal,
) => Promise<KubernetesObject | null | undefined>;

/** Almost every remediation asks for the labels of a namespace, and they change rarely. */
const KEEP_MS = 10_000;
/** More namespaces are forgotten. */
const KEPT_MAX = 1_000;

/**
 * Reads namespaces, each at most once in 10 s. Concurrent reads of one share a request; what has failed throws a KubemendError, and is not kept.
 */
export function createReadNamespace(deps: {
  readonly client: KubernetesClient;
  /** Monotonic ms. */
  readonly now: () => number;
}): ReadNamespace {
  const { client, now } = deps;
  const kept = new Map<
    string,
    { readonly namespace: Promise<KubernetesObject | null>; readonly untilMs: number }
  >();
  return async (name, signal) => {
    const known = kept.get(name);
    if (known !== undefined && now() < known.untilMs) return known.namespace;
    const namespace = getObject(client, toNamespaceAddress(name), signal);
    if (kept.size >= KEPT_MAX) kept.clear();
    kept.set(name, { namespace, untilMs: now() + KEEP_MS });
    try {
      return await namespace;
    } catch (error) {
      if (kept.get(name)?.namespace === namespace) kept.delete(name);
      throw error;
    }
  };
}
