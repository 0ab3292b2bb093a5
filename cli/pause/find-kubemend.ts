import { toResourcePath } from "../../adapters/kubernetes/api/path.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { isKubemendError } from "../../core/errors.ts";
import { RECORD_GROUP, RECORD_RESOURCE, RECORD_VERSION } from "../../events/remediation.ts";
import type { RuleGuard } from "../../events/rule-guard.ts";

export type Place = { readonly client: KubernetesClient; readonly namespace: string };

/** `unknown`: nothing was found, and not everything could be looked at. */
export type Presence = "found" | "absent" | "unknown";

/** The name of the relay's objects, and of the function's ServiceAccount, in every installation. */
const RELAY = "kubemend-relay";
const REMEDIATE = "kubemend-remediate";

/**
 * Whether Kubemend keeps its records in a namespace. A guard that only somebody's pause has created is no sign of it: the functions
 * write the status. A new installation has no records yet, but a relay, or the ServiceAccount of a function.
 */
export async function findKubemend(
  guards: readonly RuleGuard[],
  { client, namespace }: Place,
  signal: AbortSignal,
): Promise<Presence> {
  if (guards.some(({ status }) => status !== undefined)) return "found";
  const records = { group: RECORD_GROUP, version: RECORD_VERSION, resource: RECORD_RESOURCE };
  const leases = { group: "coordination.k8s.io", version: "v1", resource: "leases" };
  const accounts = { group: "", version: "v1", resource: "serviceaccounts" };
  const looks: readonly (() => Promise<boolean>)[] = [
    () => hasItems(client, `${toResourcePath({ ...records, namespace })}?limit=1`, signal),
    ...[
      { ...leases, namespace, name: RELAY },
      { ...accounts, namespace, name: RELAY },
      { ...accounts, namespace, name: REMEDIATE },
    ].map((address) => async () => {
      await client.request({ method: "GET", path: toResourcePath(address), signal });
      return true;
    }),
  ];
  let presence: Presence = "absent";
  for (const look of looks) {
    try {
      if (await look()) return "found";
    } catch (error) {
      signal.throwIfAborted();
      if (!isKubemendError(error, "NotFound")) presence = "unknown";
    }
  }
  return presence;
}

async function hasItems(
  client: KubernetesClient,
  path: string,
  signal: AbortSignal,
): Promise<boolean> {
  const page = await client.request<{ readonly items?: readonly unknown[] | null }>({
    method: "GET",
    path,
    signal,
  });
  return (page?.items ?? []).length > 0;
}

/** What to say of a namespace without Kubemend. */
export function describeAbsence(namespace: string): string {
  return `The namespace ${namespace} shows no sign of Kubemend: it has no remediations, no guard that a function has written and no relay. -n names the namespace that Kubemend keeps its records in, not that of the objects that it remediates.`;
}
