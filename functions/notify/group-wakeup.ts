import type { AlertMessage } from "../../events/alert.ts";
import { DEFAULT_RECORD_NAMESPACE } from "../../events/remediation.ts";
import { ANY_UID, type WakeupData, type WakeupMessage } from "../../events/wakeup.ts";
import { toWakeup } from "../../core/records/messages/wakeup.ts";

/** A wake-up for a group of alerts, with what notify reports of the delivery of one. `now` is RFC 3339 ms. */
export function toGroupWakeup(
  { data, traceparent }: AlertMessage,
  name: string,
  report: Pick<WakeupData, "thread" | "late">,
  now: string,
): WakeupMessage {
  const { cluster, rule } = data;
  // remediate reads the group in the namespace that it is configured for.
  const namespace = DEFAULT_RECORD_NAMESPACE;
  const subject = `/apis/kubemend.dev/v1alpha1/namespaces/${namespace}/alertgroups/${name}`;
  const metadata = { name, namespace, uid: ANY_UID };
  const record = { metadata, spec: { cluster, rule: { id: rule.id }, traceparent } };
  const wakeup = toWakeup({ record, subject, due: now, now });
  return { ...wakeup, data: { ...wakeup.data, group: {}, ...report } };
}
