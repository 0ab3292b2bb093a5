import type { AlertMessage } from "../../events/alert.ts";
import { sha256 } from "../../events/ids.ts";
import { toAlertView } from "./alert-view.ts";
import { limitText } from "../text/limit-text.ts";

/** Limits: https://developer.pagerduty.com/docs/send-alert-event */
const SUMMARY_MAX = 1_024;
const DEDUP_KEY_MAX = 255;

/** An event that opens an incident. Events with one `dedup_key` belong to one incident, so an alert that is sent again changes nothing. */
export function toPagerDutyEvent(alert: AlertMessage, routingKey: string): object {
  const view = toAlertView(alert);
  const { cluster, rule, trigger } = alert.data;
  const details = Object.fromEntries(view.facts.map(({ name, value }) => [name, value]));
  return {
    routing_key: routingKey,
    event_action: "trigger",
    dedup_key: view.id.length <= DEDUP_KEY_MAX ? view.id : sha256(view.id),
    payload: {
      summary: limitText(`${view.title}: ${view.problem ?? view.summary}`, SUMMARY_MAX),
      source: cluster.name,
      severity: view.severity,
      timestamp: alert.time,
      component: `${trigger.kind} ${trigger.name}`,
      group: trigger.namespace ?? "cluster",
      class: rule.id,
      custom_details: {
        ...details,
        summary: view.summary,
        ...(view.problem === undefined ? {} : { problem: view.problem }),
        ...(view.preview.length === 0 ? {} : { preview: view.preview.join("\n") }),
        next: view.commands,
      },
    },
  };
}
