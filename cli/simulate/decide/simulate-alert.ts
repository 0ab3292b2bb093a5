import type { ChangeMessage, KubernetesObject } from "../../../events/change.ts";
import type { AlertContent, AlertMessage, AlertSeverity } from "../../../events/alert.ts";
import type { RecordProblem, RemediationRecord } from "../../../events/remediation.ts";
import { toStepAlert } from "../../../core/actions/alert/alert-message.ts";
import { toAlertView } from "../../../core/alerts/alert-view.ts";
import { readTextMap } from "../../../core/json/read-json.ts";
import type { AlertOperation } from "../../../core/operations/operation.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { findReceivers } from "../../../core/pipeline/route.ts";
import { describeReceiver } from "../../../core/receivers/receiver.ts";

/** An alert as its receivers would show it. */
export type SimulatedAlert = {
  readonly title: string;
  readonly summary: string;
  readonly severity: AlertSeverity;
  /** After routing. `is`: what the pipeline says about it; absent if it names no receivers. */
  readonly receivers: readonly { readonly name: string; readonly is?: string | undefined }[];
  /** Routes ask for the labels of the namespace, which are not known: as if it had none. */
  readonly unknownLabels?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly runbook?: string | undefined;
  readonly fields: NonNullable<AlertContent["fields"]>;
};

export type AlertInput = {
  readonly pipeline: Pipeline;
  readonly record: RemediationRecord;
  readonly message: ChangeMessage;
  /** The objects that the user has named. */
  readonly objects: readonly KubernetesObject[];
  readonly problem?: RecordProblem | undefined;
};

/** An alert as people see it, and as the queue has it: one message for each receiver. */
export type RoutedAlert = {
  readonly alert: SimulatedAlert;
  readonly messages: readonly AlertMessage[];
};

/** Makes the alert of a step as the functions do, and routes it. */
export async function simulateAlert(
  operation: AlertOperation,
  { pipeline, record, message, objects, problem }: AlertInput,
): Promise<RoutedAlert> {
  const { subject, time: now } = message;
  const alert = toStepAlert({ operation, record, subject, now, problem });
  const { namespace } = alert.data.trigger;
  let unknownLabels: string | undefined;
  const names = await findReceivers(alert.data, pipeline.route ?? [], async () => {
    const labels = readNamespaceLabels(namespace, message, objects);
    if (labels === undefined) unknownLabels = namespace ?? undefined;
    return labels;
  });
  const { title, summary, severity, labels, runbook } = toAlertView(alert);
  const known = new Map(pipeline.receivers?.map((one) => [one.name, describeReceiver(one)]));
  const shown = {
    title,
    summary,
    severity,
    receivers: names.map((name) => ({ name, is: known.get(name) })),
    ...(unknownLabels === undefined ? {} : { unknownLabels }),
    labels,
    ...(runbook === undefined ? {} : { runbook }),
    fields: alert.data.fields ?? [],
  };
  return {
    alert: shown,
    messages: names.map((to) => ({ ...alert, data: { ...alert.data, to } })),
  };
}

/** From the message, or from a Namespace that the user has named. */
function readNamespaceLabels(
  namespace: string | null,
  { data }: ChangeMessage,
  objects: readonly KubernetesObject[],
): Readonly<Record<string, string>> | undefined {
  if (namespace === null) return {};
  if (data.namespaceLabels !== undefined) return data.namespaceLabels;
  const found = objects.find(
    ({ kind, metadata }) => kind === "Namespace" && metadata.name === namespace,
  );
  return found && readTextMap(found.metadata["labels"]);
}
