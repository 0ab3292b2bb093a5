import type { AlertMessage, AlertStatus } from "../../events/alert.ts";
import { sha256 } from "../../events/ids.ts";
import { toAlertView } from "./alert-view.ts";
import { limitText } from "../text/limit-text.ts";
import { toPrintable } from "../text/printable.ts";

/** Limits: https://developer.pagerduty.com/docs/send-alert-event */
const SUMMARY_MAX = 1_024;
const DEDUP_KEY_MAX = 255;

const ACTIONS = {
  firing: "trigger",
  acknowledged: "acknowledge",
  resolved: "resolve",
} as const satisfies Record<AlertStatus, string>;

/**
 * An event that opens, acknowledges or resolves an incident. Events with one `dedup_key` belong to one incident, so an alert that is sent
 * again changes nothing.
 */
export function toPagerDutyEvent(alert: AlertMessage, routingKey: string): object {
  const view = toAlertView(alert);
  const { cluster, rule, trigger } = alert.data;
  const { threadKey, status, problem, preview, outcome, runbook } = view;
  const head = {
    routing_key: routingKey,
    event_action: ACTIONS[status],
    dedup_key: threadKey.length <= DEDUP_KEY_MAX ? threadKey : sha256(threadKey),
  };
  // The others need no more, and their payload is ignored.
  if (status !== "firing") return head;
  const details = Object.fromEntries(view.facts.map(({ name, value }) => [name, value]));
  return {
    ...head,
    client: "Kubemend",
    ...(runbook === undefined ? {} : { links: [{ href: runbook, text: "Runbook" }] }),
    payload: {
      summary: limitText(toPrintable(`${view.title}: ${problem ?? view.summary}`), SUMMARY_MAX),
      source: cluster.name,
      severity: view.severity,
      timestamp: alert.time,
      component: limitText(toPrintable(`${trigger.kind} ${trigger.name}`), SUMMARY_MAX),
      group: limitText(toPrintable(trigger.namespace ?? "cluster"), SUMMARY_MAX),
      class: rule.id,
      custom_details: {
        ...details,
        summary: view.summary,
        ...(problem === undefined ? {} : { problem }),
        ...(outcome.length === 0 ? {} : { outcome: outcome.join("\n") }),
        ...(preview.length === 0 ? {} : { preview: preview.join("\n") }),
        next: view.commands,
      },
    },
  };
}
