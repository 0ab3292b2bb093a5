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

/** The more severe one. */
export function toGreater(a: AlertSeverity, b: AlertSeverity): AlertSeverity {
  return isMoreSevere(b, a) ? b : a;
}

/** Whether `a` is more severe than `b`; what is not known is not. */
export function isMoreSevere(a: AlertSeverity | undefined, b: AlertSeverity | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return ALERT_SEVERITIES.indexOf(a) < ALERT_SEVERITIES.indexOf(b);
}

/** The most severe of several; undefined if there are none. */
export function toGreatest(
  severities: readonly (AlertSeverity | undefined)[],
): AlertSeverity | undefined {
  return ALERT_SEVERITIES.find((severity) => severities.includes(severity));
}
