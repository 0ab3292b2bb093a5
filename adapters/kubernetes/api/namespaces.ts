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
const DEFAULT_KEEP_MS = 10_000;
/** More namespaces are forgotten. */
const KEPT_MAX = 1_000;

/**
 * Reads namespaces, each at most once in `keepMs`. Concurrent reads of one share a request. A read that fails throws a KubemendError and is
 * not kept.
 */
export function createReadNamespace(deps: {
  readonly client: KubernetesClient;
  /** Monotonic ms. */
  readonly now: () => number;
  /** Default: 10 s. */
  readonly keepMs?: number;
  /** The longest time that a read may take; absent: as long as the caller's signal allows. */
  readonly timeoutMs?: number;
}): ReadNamespace {
  const { client, now, keepMs = DEFAULT_KEEP_MS, timeoutMs } = deps;
  const kept = new Map<
    string,
    { readonly namespace: Promise<KubernetesObject | null>; readonly untilMs: number }
  >();
  return async (name, signal) => {
    const known = kept.get(name);
    if (known !== undefined && now() < known.untilMs) return known.namespace;
    const limited = timeoutMs === undefined ? signal : limitTime(signal, timeoutMs);
    const namespace = getObject(client, toNamespaceAddress(name), limited);
    if (kept.size >= KEPT_MAX) kept.clear();
    kept.set(name, { namespace, untilMs: now() + keepMs });
    try {
      return await namespace;
    } catch (error) {
      if (kept.get(name)?.namespace === namespace) kept.delete(name);
      throw error;
    }
  };
}

function limitTime(signal: AbortSignal | undefined, ms: number): AbortSignal {
  const timeout = AbortSignal.timeout(ms);
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
}
