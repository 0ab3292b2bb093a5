import type { AlertReceiver } from "./receiver.ts";

/**
 * Writes the alert as a structured log line: `error` if it reports a problem, otherwise `warn`. CloudWatch's metric and subscription
 * filters read alerts from the log.
 */
export const logAlert: AlertReceiver = async ({ traceparent, data }, { telemetry }) => {
  const line = { ...data, traceparent };
  if (data.problem === undefined) telemetry.logger.warn("alert", line);
  else telemetry.logger.error("alert", line);
};
