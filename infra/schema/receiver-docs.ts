import type { KeyGroup } from "./key-doc.ts";

const HELD =
  "as { secret: <name or ARN> }, { parameter: <name or ARN> } or { env: <variable of notify> }";

/** The kinds of receivers. */
export const RECEIVER: KeyGroup = {
  title: "A receiver",
  at: "receivers.<name>",
  intro:
    "A receiver is one of the following. The receiver with the name default gets the alerts whose rule names none, and those whose receiver is no longer in the file. Credentials are never written into the file; notify reads them at most every five minutes.",
  keys: [
    {
      key: "slack",
      description: `Slack: a bot's token (${HELD}) with its channel, or the address of an incoming webhook, likewise as webhook. The bot needs the scope chat:write and must be in the channel. api is for another address of the Web API, such as https://slack-gov.com/api.`,
      example: "slack: { channel: '#data-oncall', token: { secret: kubemend/slack } }",
    },
    {
      key: "teams",
      description: `Microsoft Teams: the address of a workflow that posts to a channel, ${HELD}.`,
      example: "teams: { webhook: { parameter: /kubemend/teams } }",
    },
    {
      key: "pagerduty",
      description: `PagerDuty, Events API v2: the integration key, ${HELD}. api is for another region: https://events.eu.pagerduty.com.`,
      example: "pagerduty: { routingKey: { secret: kubemend/pagerduty } }",
    },
    {
      key: "webhook",
      description: `Any address that takes a POST: the alert as a CloudEvent, signed as Standard Webhooks defines it if there is a signingKey (${HELD}). An address that contains a credential is stored likewise: url: { secret: <name or ARN> }.`,
      example:
        "webhook: { url: https://alerts.example.com/kubemend, signingKey: { secret: kubemend/webhook } }",
    },
    {
      key: "sns",
      description:
        "A standard topic of SNS: the alert as text, with the attributes alertId, rule, cluster and severity for filters. The role of notify needs sns:Publish.",
      example: "sns: { topicArn: 'arn:aws:sns:eu-central-1:123456789012:alerts' }",
    },
    {
      key: "eventBridge",
      description:
        "An event bus, by name or ARN: source kubemend, detail-type Kubemend Alert. The role of notify needs events:PutEvents.",
      example: "eventBridge: { bus: default }",
    },
  ],
};
