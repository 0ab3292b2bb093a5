import { MESSAGE_REASONS, type AlertCounts } from "../../../core/simulate/alert-simulation.ts";

/** `tell: data-oncall gets 3 messages about 120 alerts (first 1, window 2)`. */
export function formatAlertCounts({ rule, to, alerts, messages }: AlertCounts): string {
  const parts = MESSAGE_REASONS.flatMap((reason) =>
    messages[reason] === 0 ? [] : [`${reason} ${messages[reason]}`],
  );
  const all = Object.values(messages).reduce((sum, one) => sum + one, 0);
  const about = `${alerts} alert${alerts === 1 ? "" : "s"}`;
  return `${rule}: ${to} gets ${all} message${all === 1 ? "" : "s"} about ${about} (${parts.join(", ")})`;
}
