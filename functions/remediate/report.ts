import { MetricUnit, Metrics } from "@aws-lambda-powertools/metrics";
import type { RemediationRecord } from "../../events/remediation.ts";
import { METRIC_NAMESPACE, type FunctionLogger } from "../../adapters/lambda/telemetry.ts";
import { findAction } from "../../core/actions/registry.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { isWaitEnd } from "../../core/records/wait-end.ts";

const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: "kubemend-remediate" });

/**
 * Reports a record that has ended: a log line with the trace id, and metrics by rule, action and outcome:
 * `Remediation` (count) and `RemediationLatency` (ms from reading the change off the socket to the end). An end that only says that a
 * wait is over counts as `WaitEnded`, by rule and action, instead.
 */
export function reportEnd(
  record: RemediationRecord,
  pipeline: Pipeline,
  logger: FunctionLogger,
): void {
  const { rule, trigger, change, traceparent, mode } = record.spec;
  const { phase, reason, message, endedAt, steps } = record.status ?? { phase: "Pending" };
  const latencyMs = Math.max(0, Date.parse(endedAt ?? change.time) - Date.parse(change.time));
  const outcome = phase;
  const action = toActionNames(rule.id, pipeline);
  const write = phase === "Failed" ? logger.error : logger.info;
  write.call(logger, "remediation ended", {
    traceId: traceparent.split("-")[1],
    record: record.metadata.name,
    rule: rule.id,
    action,
    outcome,
    reason,
    detail: message,
    mode,
    trigger: `${trigger.kind} ${trigger.namespace ?? ""}/${trigger.name}`,
    objects: steps?.flatMap(({ object }) => (object === undefined ? [] : [object])),
    latencyMs,
  });
  if (isWaitEnd(record)) {
    count("WaitEnded", MetricUnit.Count, 1, { rule: rule.id, action });
    return;
  }
  const dimensions = { rule: rule.id, action, outcome };
  count("Remediation", MetricUnit.Count, 1, dimensions);
  count("RemediationLatency", MetricUnit.Milliseconds, latencyMs, dimensions);
}

function count(
  name: string,
  unit: (typeof MetricUnit)[keyof typeof MetricUnit],
  value: number,
  dimensions: Record<string, string>,
): void {
  const single = metrics.singleMetric();
  single.addDimensions(dimensions);
  single.addMetric(name, unit, value);
}

function toActionNames(ruleId: string, pipeline: Pipeline): string {
  const rule = pipeline.rules.find(({ id }) => id === ruleId);
  const names = rule?.then.map(({ action }) => action) ?? [];
  const acting = names.filter((name) => findAction(name)?.remediates === true);
  return acting.length === 0 ? "none" : acting.join("+");
}
