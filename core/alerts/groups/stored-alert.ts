import { parseAlertMessage, type AlertMessage, type AlertSeverity } from "../../../events/alert.ts";
import { toSeverity } from "../../severity.ts";

/** A group keeps up to four texts of alerts. */
const STORED_MAX_BYTES = 16 * 1024;

/** The JSON text of an alert that a group keeps: whole, or without the fields that can be long. */
export function toStored(alert: AlertMessage): string {
  const { data } = withoutGrouping(alert);
  const whole = JSON.stringify({ ...alert, data });
  if (Buffer.byteLength(whole) <= STORED_MAX_BYTES) return whole;
  const { cluster, rule, to, alertId, summary, change, trigger, record, problem } = data;
  const { title, severity, severityFrom, runbook, outcome } = data;
  const references: AlertMessage["data"]["references"] = [];
  const identity = { alertId, cluster, rule, to, change, trigger, references };
  const small = { ...identity, summary, title, severity, severityFrom, runbook };
  const shown = {
    ...small,
    ...(record === undefined ? {} : { record }),
    ...(problem === undefined ? {} : { problem }),
    ...(outcome === undefined ? {} : { outcome: { ...outcome, steps: [] } }),
  };
  return JSON.stringify({ ...alert, data: shown });
}

/** The alert as receivers get it: they do not read how it would have been grouped. */
export function withoutGrouping(alert: AlertMessage): AlertMessage {
  const { grouping: _grouping, ...data } = alert.data;
  return { ...alert, data };
}

/** Undefined if the text is no alert that this version can read. */
export function readStored(text: string): AlertMessage | undefined {
  const parsed = parseAlertMessage(text);
  return parsed.outcome === "parsed" ? parsed.value : undefined;
}

/** The severity of an alert that a group keeps; undefined if there is none that this version can read. */
export function readSeverity(text: string | undefined): AlertSeverity | undefined {
  const alert = text === undefined ? undefined : readStored(text);
  return alert && toSeverity(alert.data);
}
