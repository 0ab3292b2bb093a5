import type { AlertReceiver } from "./receiver.ts";

/** Attempts within seconds of the first: the first may have ended before the line was written. */
const EARLY_ATTEMPTS = 3;
/** More are forgotten; then the line of an alert may be written again. */
const LOGGED_MAX = 10_000;

/**
 * Writes the alert as a structured log line: `error` if it reports a problem, otherwise `warn`. CloudWatch's metric and subscription
 * filters read alerts from the log, so the line is written once, and not again each time that a receiver does not take the alert: later
 * attempts are lines of the level `info` with another message.
 *
 * @param hasReceivers without them nothing but the log takes the alert, so an attempt is repeated only if its line was not written.
 */
export function createLogAlert(hasReceivers: boolean): AlertReceiver {
  const logged = new Set<string>();
  return async ({ traceparent, data }, { telemetry, attempt }) => {
    const { alertId, to, problem } = data;
    const key = JSON.stringify([alertId, to, data.status]);
    const isLate = hasReceivers && attempt > EARLY_ATTEMPTS;
    const isRepeated = attempt > 1 && logged.has(key);
    const line = { ...data, traceparent };
    if (isLate || isRepeated) {
      telemetry.logger.info("alert is delivered again", { ...line, attempt });
      return;
    }
    if (logged.size >= LOGGED_MAX) logged.clear();
    logged.add(key);
    if (problem === undefined) telemetry.logger.warn("alert", line);
    else telemetry.logger.error("alert", line);
  };
}
