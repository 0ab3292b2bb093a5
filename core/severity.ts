import {
  ALERT_SEVERITIES,
  HELD_CODE,
  type AlertData,
  type AlertSeverity,
} from "../events/alert.ts";

/**
 * The severity of an alert. What a rule does not say follows from whether there is a problem. One that was read from the object cannot be
 * below that: whoever writes the object must not be able to keep its failures from those who are called for them.
 */
export function toSeverity({
  severity,
  problem,
  severityFrom,
}: Pick<AlertData, "severity" | "problem" | "severityFrom">): AlertSeverity {
  const usual = problem === undefined || problem.code === HELD_CODE ? "warning" : "error";
  if (severity === undefined) return usual;
  return severityFrom === "object" ? toGreater(severity, usual) : severity;
}

/** Whether the first is the more severe one. */
export function isGreater(a: AlertSeverity, b: AlertSeverity): boolean {
  return a !== b && toGreater(a, b) === a;
}

/** The more severe one. */
export function toGreater(a: AlertSeverity, b: AlertSeverity): AlertSeverity {
  return ALERT_SEVERITIES.indexOf(a) <= ALERT_SEVERITIES.indexOf(b) ? a : b;
}
