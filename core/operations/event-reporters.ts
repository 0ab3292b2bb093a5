import type { KubernetesObject } from "../../events/change.ts";

/** The reporter of the Events that report the end of a record; in `v1` the field is `reportingComponent`. */
export const OUTCOME_REPORTER = "kubemend.dev/remediate";
/** The reporter of the Events of emitEvent. */
export const RULE_REPORTER = "kubemend.dev/emit-event";
/** The instance of both. */
export const REPORTING_INSTANCE = "kubemend";

/**
 * Whether rules do not see an object because it claims to be one of Kubemend's own Events. Those of emitEvent are seen by a rule whose
 * field selector asks for their reporter, and by no other: a rule must not start by accident what another one reports.
 */
export function isUnseenEvent(object: KubernetesObject, fieldSelector = ""): boolean {
  if (object.kind !== "Event") return false;
  const reporter = object["reportingController"] ?? object["reportingComponent"];
  if (reporter === OUTCOME_REPORTER) return true;
  return reporter === RULE_REPORTER && !ASKS.test(fieldSelector);
}

const ASKS = new RegExp(
  `(?:^|,)\\s*reporting(?:Component|Controller)\\s*==?\\s*${RULE_REPORTER.replaceAll(".", "\\.")}\\s*(?:,|$)`,
);
