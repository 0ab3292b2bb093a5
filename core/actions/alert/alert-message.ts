import { ALERT_SCHEMA_URN, type AlertMessage, type AlertOutcome } from "../../../events/alert.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import type { AlertOperation } from "../../operations/operation.ts";
import { toApiVersion } from "../../references/api-version.ts";
import { limitMessage } from "../../text/limit-message.ts";

type Problem = { readonly code: string; readonly message: string };

/**
 * The alert of a step of a record. Its id is `<record>/<step>`, so it stays the same however often the step runs; after the record was
 * reopened it is another alert, and its id ends with the time of the new match.
 * `subject` is the API path of the trigger, `now` is RFC 3339 ms.
 */
export function toStepAlert(input: {
  readonly operation: AlertOperation;
  readonly record: RemediationRecord;
  readonly subject: string;
  readonly now: string;
  readonly problem?: Problem | undefined;
  readonly preview?: readonly string[] | undefined;
  readonly outcome?: AlertOutcome | undefined;
}): AlertMessage {
  const { operation, record, subject, now, problem, preview, outcome } = input;
  const { cluster, rule, trigger, references, traceparent } = record.spec;
  const { loopAnnotations: _ofLoops, ...change } = record.spec.change;
  const again = record.status?.matchedAt;
  const alertId = `${record.metadata.name}/${operation.name}${again === undefined ? "" : `@${again}`}`;
  return {
    specversion: "1.0",
    id: alertId,
    source: `/clusters/${cluster.uid}/rules/${rule.id}`,
    type: "dev.kubemend.alert",
    subject,
    time: now,
    dataschema: ALERT_SCHEMA_URN,
    traceparent,
    data: {
      alertId,
      cluster,
      rule,
      to: operation.to,
      summary: operation.summary,
      ...operation.content,
      ...(operation.grouping === undefined ? {} : { grouping: operation.grouping }),
      change,
      trigger: {
        apiVersion: toApiVersion(trigger),
        kind: trigger.kind,
        namespace: trigger.namespace,
        name: trigger.name,
        uid: trigger.uid,
      },
      references,
      record: { namespace: record.metadata.namespace, name: record.metadata.name },
      ...(problem === undefined ? {} : { problem: limitProblem(problem) }),
      ...(preview === undefined ? {} : { preview }),
      ...(outcome === undefined ? {} : { outcome }),
      // Nothing is open, even if the rule's condition holds for ever.
      ...(outcome?.result === "succeeded" ? { status: "resolved" as const } : {}),
    },
  };
}

/** A problem as an alert carries it. */
export function limitProblem({ code, message }: Problem): Problem {
  return { code, message: limitMessage(message) };
}
