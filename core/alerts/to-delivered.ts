import type { AlertMessage } from "../../events/alert.ts";
import { toAlertView } from "./alert-view.ts";

/**
 * An alert as receivers of data get it. It says everything that the messages for people say: also what an alert leaves out because it
 * follows from the rest, such as its severity, or is made for each receiver, such as the commands.
 */
export function toDelivered(alert: AlertMessage): AlertMessage {
  const { title, severity, status, labels, commands } = toAlertView(alert);
  const { severityFrom: _from, fields = [], ...data } = alert.data;
  return { ...alert, data: { ...data, title, severity, status, labels, fields, commands } };
}
