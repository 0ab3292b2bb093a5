import { toGroupPath } from "../../adapters/alert-groups/group-store.ts";
import { readListPages } from "../../adapters/kubernetes/api/list-pages.ts";
import { toResourcePath } from "../../adapters/kubernetes/api/path.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { RULE_LABEL } from "../../core/records/select-records.ts";
import { ALERT_GROUP_RULE_LABEL } from "../../events/alert-group.ts";
import { RECORD_GROUP, RECORD_RESOURCE, RECORD_VERSION } from "../../events/remediation.ts";

type Place = { readonly client: KubernetesClient; readonly namespace: string };

/** Whether the cluster shows neither an alert nor a remediation of a rule. False if the user may not look. */
export async function isUnknown(
  rule: string,
  { client, namespace }: Place,
  signal: AbortSignal,
): Promise<boolean> {
  const lists = [
    { path: toGroupPath({ namespace }), label: ALERT_GROUP_RULE_LABEL },
    {
      path: toResourcePath({
        group: RECORD_GROUP,
        version: RECORD_VERSION,
        resource: RECORD_RESOURCE,
        namespace,
      }),
      label: RULE_LABEL,
    },
  ];
  try {
    for (const { path, label } of lists) {
      const selection = { labelSelector: `${label}=${rule}`, limit: 1 };
      for await (const { items } of readListPages(client, path, selection, signal)) {
        if (items.length > 0) return false;
        break;
      }
    }
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
