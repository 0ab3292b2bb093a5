import type { RemediationRecord } from "../../../events/remediation.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { toOutcomeEvent } from "../../../core/records/outcome-event.ts";
import type { KubernetesClient } from "../http/client.ts";
import { toResourcePath } from "../api/path.ts";

/** Reports the end of a record as a Kubernetes Event on its trigger, once. Throws a KubemendError. */
export async function emitOutcome(
  client: KubernetesClient,
  record: RemediationRecord,
  signal?: AbortSignal,
): Promise<void> {
  const event = toOutcomeEvent(record);
  if (event === undefined) return;
  const { namespace, body } = event;
  const address = { group: "events.k8s.io", version: "v1", resource: "events", namespace };
  try {
    await client.request({ method: "POST", path: toResourcePath(address), body, signal });
  } catch (error) {
    if (!isKubemendError(error, "AlreadyExists")) throw error;
  }
}
