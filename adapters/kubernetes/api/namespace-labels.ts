import { readField, readTextMap } from "../../../core/json/read-json.ts";
import type { KubernetesClient } from "../http/client.ts";
import { createReadNamespace } from "./namespaces.ts";

/** How long labels are used before they are read again. */
const KEEP_MS = 60_000;
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
  const readNamespace = createReadNamespace({ ...deps, keepMs: KEEP_MS, timeoutMs: TIMEOUT_MS });
  return async (namespace, signal) => {
    try {
      return readTextMap(readField(await readNamespace(namespace, signal), "metadata", "labels"));
    } catch {
      return undefined;
    }
  };
}
