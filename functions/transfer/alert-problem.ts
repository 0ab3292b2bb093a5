import * as v from "valibot";
import type { AlertMessage } from "../../events/alert.ts";
import type { KubernetesObject } from "../../events/change.ts";
import type { RemediationRecord } from "../../events/remediation.ts";
import { getEvenDeep } from "../../adapters/kubernetes/api/objects.ts";
import { toResourcePath } from "../../adapters/kubernetes/api/path.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { toStepAlert } from "../../core/actions/alert/alert-message.ts";
import { alertSchema } from "../../core/actions/alert/alert-parameters.ts";
import { evaluateText } from "../../core/actions/alert/evaluate-text.ts";
import { toGrouping } from "../../core/actions/alert/grouping.ts";
import { toContent } from "../../core/actions/alert/to-content.ts";
import { toMirrorBindings } from "../../core/mirror/mirror-context.ts";
import type { Rule, RuleAction } from "../../core/pipeline/pipeline.ts";
import type { Redact } from "../../core/redaction/redactor.ts";
import { toApiVersion } from "../../core/references/api-version.ts";

export type AlertProblemDeps = {
  readonly client: KubernetesClient;
  readonly redact: Redact;
  /** Sends the alert to its receivers, through its group. */
  readonly sendAlert: (alert: AlertMessage, signal: AbortSignal) => Promise<unknown>;
  /** ms since the epoch. */
  readonly now: () => number;
};

/**
 * Sends the alerts of a mirror rule about a failure that has been stored in this record. They end when the record does: remediate's check of
 * their group finds that.
 */
export async function alertProblem(
  deps: AlertProblemDeps,
  rule: Rule,
  record: RemediationRecord,
  signal: AbortSignal,
): Promise<void> {
  const alerts = rule.then.filter(({ action }) => action === "alert");
  if (alerts.length === 0) return;
  const object = await readObject(deps, record, signal);
  for (const [index, alert] of alerts.entries()) {
    await deps.sendAlert(toAlert(alert, index, { record, object, nowMs: deps.now() }), signal);
  }
}

/** The source, without what must not leave the cluster, for the texts of the alert; its identity if it is gone, or cannot be read. */
async function readObject(
  { client, redact }: AlertProblemDeps,
  { spec }: RemediationRecord,
  signal: AbortSignal,
): Promise<KubernetesObject> {
  const { trigger } = spec;
  const { name, uid, namespace } = trigger;
  const metadata = { name, uid, ...(namespace === null ? {} : { namespace }) };
  const identity = { apiVersion: toApiVersion(trigger), kind: trigger.kind, metadata };
  try {
    const read = await getEvenDeep(client, trigger, signal);
    return read === null ? identity : redact(read.object, trigger).object;
  } catch {
    signal.throwIfAborted();
    return identity;
  }
}

function toAlert(
  { parameters }: RuleAction,
  index: number,
  of: {
    readonly record: RemediationRecord;
    readonly object: KubernetesObject;
    readonly nowMs: number;
  },
): AlertMessage {
  const { record, object, nowMs } = of;
  const { to, summary, ...written } = v.parse(alertSchema, parameters);
  const bindings = toMirrorBindings(object, { cluster: record.spec.cluster });
  const evaluate = (cel: string, what?: string): string => evaluateText(cel, bindings, what);
  const content = toContent(written, evaluate);
  const grouping = toGrouping(written, evaluate);
  const { reason = "MirrorFailed", message = "" } = record.status ?? {};
  return toStepAlert({
    operation: {
      type: "alert",
      // Another failure of the same object is another alert.
      name: `${index === 0 ? "alert" : `alert-${index + 1}`}-${record.status?.endedAt ?? ""}`,
      to,
      summary: evaluate(summary),
      content,
      ...(grouping === undefined ? {} : { grouping }),
    },
    record,
    subject: toResourcePath(record.spec.trigger),
    now: new Date(nowMs).toISOString(),
    problem: { code: reason, message },
  });
}
