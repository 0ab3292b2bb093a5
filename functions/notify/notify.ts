import { parseAlertMessage } from "../../events/alert.ts";
import { toUnreadableVerdict, type RecordVerdict } from "../../adapters/lambda/record-verdict.ts";
import type { SqsRecord } from "../../adapters/lambda/sqs-event.ts";
import type { RecordContext } from "../../adapters/lambda/sqs-process.ts";

/**
 * Delivers one alert as a structured log line: `error` if it reports a problem, otherwise `warn`. CloudWatch's metric and subscription
 * filters read alerts from the log. At least once: readers recognise repeats by `alertId`.
 */
export async function notify(
  record: Pick<SqsRecord, "body">,
  { telemetry }: Pick<RecordContext, "telemetry">,
): Promise<RecordVerdict> {
  const parsed = parseAlertMessage(record.body);
  if (parsed.outcome === "refused") return toUnreadableVerdict(parsed);
  const { traceparent, data } = parsed.value;
  const { alertId, to, summary, cluster, rule, change, trigger, references, problem } = data;
  const line = { alertId, to, summary, cluster, rule, change, trigger, references, traceparent };
  if (problem === undefined) telemetry.logger.warn("alert", line);
  else telemetry.logger.error("alert", { ...line, problem });
  telemetry.count("Alerts");
  return { outcome: "done" };
}
