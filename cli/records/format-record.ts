import type { RemediationRecord } from "../../events/remediation.ts";

/** One record in one line (phase, rule, object, duration, name), followed by its message, if any. */
export function formatRecord({ metadata, spec, status }: RemediationRecord): string {
  const { kind, namespace, name } = spec.trigger;
  const object = `${kind} ${namespace === null ? "" : `${namespace}/`}${name}`;
  const phase = (status?.phase ?? "Pending").padEnd(16);
  const took = status?.took === undefined ? "" : ` (${status.took})`;
  const message = status?.message === undefined ? "" : `\n${" ".repeat(18)}${status.message}`;
  return `${phase}  ${spec.rule.id}  ${object}${took}  ${metadata.name}${message}`;
}

/** The fields that scripts rely on: identities and outcome. */
export function toRecordLine({
  metadata,
  spec,
  status,
}: RemediationRecord): Readonly<Record<string, unknown>> {
  const { phase = "Pending", reason, message, took, startedAt, endedAt, wakeAt } = status ?? {};
  return {
    name: metadata.name,
    createdAt: metadata["creationTimestamp"],
    rule: spec.rule.id,
    mode: spec.mode,
    trigger: spec.trigger,
    phase,
    reason,
    message,
    took,
    startedAt,
    endedAt,
    wakeAt,
    preview: status?.preview,
    approval: spec.approval,
    traceparent: spec.traceparent,
  };
}
