import * as v from "valibot";
import { ALERT_SCHEMA_URN, type AlertMessage } from "../../events/alert.ts";
import { UNVERIFIED_CODE } from "../../core/alerts/groups/group-of.ts";
import { readField } from "../../core/json/read-json.ts";
import { compileExpression, type Bindings } from "../../core/cel/compile.ts";
import type { Rule, RuleAction } from "../../core/pipeline/pipeline.ts";
import { limitProblem } from "../../core/actions/alert/alert-message.ts";
import { alertSchema } from "../../core/actions/alert/alert-parameters.ts";
import { evaluateText, limitSummary } from "../../core/actions/alert/evaluate-text.ts";
import { toGrouping } from "../../core/actions/alert/grouping.ts";
import { toContent } from "../../core/actions/alert/to-content.ts";
import { toStorableReferences } from "../../core/records/messages/record-spec.ts";
import { toChangeSummary, type RequestContext } from "./to-request.ts";

export type AlertProblem = { readonly code: string; readonly message: string };

export type AlertCause = {
  readonly rule: Rule;
  /** The name that the episode's record would have, so that an alert has the same id however often it is sent. */
  readonly recordName: string;
  readonly bindings: Bindings;
  readonly problem?: AlertProblem | undefined;
};

/** The alerts of a rule. */
export function toAlerts(cause: AlertCause, context: RequestContext): readonly AlertMessage[] {
  return cause.rule.then
    .filter(({ action }) => action === "alert")
    .map((alert, index) => toAlert(cause, alert, index, context));
}

const UNVERIFIED: AlertProblem = {
  code: UNVERIFIED_CODE,
  message:
    "the change has no valid signature, and the cluster cannot show it: anybody who may send to the queue may have written it",
};

function toAlert(
  cause: AlertCause,
  alert: RuleAction,
  index: number,
  context: RequestContext,
): AlertMessage {
  const { rule, recordName } = cause;
  const { message, references, now } = context;
  const { cluster, object } = message.data;
  const { trust } = context;
  const episode = trust === undefined ? recordName : `${recordName}/${trust}`;
  const alertId = index === 0 ? episode : `${episode}/${index + 1}`;
  const known = trust === "unverified" ? { ...cause, problem: UNVERIFIED } : cause;
  const { summary, problem } = summarize(known, alert, message.subject);
  const { to, summary: _summary, ...written } = v.parse(alertSchema, alert.parameters);
  const evaluate = (cel: string, what: string): string => evaluateText(cel, cause.bindings, what);
  const content = toContent(written, evaluate);
  const grouping = toGrouping(written, evaluate);
  return {
    specversion: "1.0",
    id: alertId,
    source: `/clusters/${cluster.uid}/rules/${rule.id}`,
    type: "dev.kubemend.alert",
    subject: message.subject,
    time: now,
    dataschema: ALERT_SCHEMA_URN,
    traceparent: message.traceparent,
    data: {
      alertId,
      cluster: { name: cluster.name, uid: cluster.uid },
      rule: { id: rule.id, digest: rule.digest },
      to,
      summary,
      ...content,
      ...(grouping === undefined ? {} : { grouping }),
      change: toChangeSummary(message, rule),
      trigger: {
        apiVersion: object.apiVersion,
        kind: object.kind,
        namespace: object.metadata.namespace ?? null,
        name: object.metadata.name,
        uid: object.metadata.uid,
      },
      references: toStorableReferences(references),
      ...(problem === undefined ? {} : { problem: limitProblem(problem) }),
    },
  };
}

/** An alert is sent even if its summary cannot be evaluated: then it names the object and the problem. */
function summarize(
  cause: AlertCause,
  alert: RuleAction,
  subject: string,
): { readonly summary: string; readonly problem: AlertProblem | undefined } {
  const source = String(readField(alert.parameters, "summary"));
  const compiled = compileExpression(source);
  const result = compiled.ok
    ? compiled.value.evaluate(cause.bindings)
    : { outcome: "error" as const, message: compiled.error.message };
  if (result.outcome === "value" && typeof result.value === "string") {
    return { summary: limitSummary(result.value), problem: cause.problem };
  }
  const why = {
    value: "it is not a string",
    unknown: result.outcome === "unknown" ? `${result.path} is not there` : "",
    error: result.outcome === "error" ? result.message : "",
  }[result.outcome];
  const problem = cause.problem ?? { code: "RuleError", message: `summary: ${why}` };
  return { summary: `${cause.rule.id}: ${subject}`, problem };
}
