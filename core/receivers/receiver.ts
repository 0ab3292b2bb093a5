/** The place of a credential's text; the pipeline file itself never contains one. */
export type HeldText =
  /** A secret of Secrets Manager: name or ARN. */
  | { readonly type: "secret"; readonly id: string }
  /** A parameter of Systems Manager: name or ARN. */
  | { readonly type: "parameter"; readonly name: string }
  /** A variable of notify's environment. */
  | { readonly type: "env"; readonly variable: string };

/**
 * A receiver of alerts. The names are those that `alert: { to }` uses.
 *
 * - Slack: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and https://docs.slack.dev/reference/methods/chat.postMessage
 * - Teams: https://learn.microsoft.com/en-us/power-automate/teams/overview (Workflows)
 * - PagerDuty: https://developer.pagerduty.com/docs/send-alert-event (Events API v2)
 * - webhook: https://www.standardwebhooks.com, with a CloudEvents body
 * - SNS: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 * - EventBridge: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
export type Receiver =
  | { readonly type: "slackWebhook"; readonly name: string; readonly webhook: HeldText }
  | {
      readonly type: "slackBot";
      readonly name: string;
      readonly channel: string;
      readonly token: HeldText;
      /** The address of the Web API. */
      readonly api: string;
    }
  | { readonly type: "teams"; readonly name: string; readonly webhook: HeldText }
  | {
      readonly type: "pagerduty";
      readonly name: string;
      readonly routingKey: HeldText;
      /** The address of the Events API. */
      readonly api: string;
    }
  | {
      readonly type: "webhook";
      readonly name: string;
      /** Stored elsewhere if the address itself is a credential. */
      readonly url: string | HeldText;
      /** Signs each request; absent: requests are not signed. */
      readonly signingKey?: HeldText | undefined;
    }
  | { readonly type: "sns"; readonly name: string; readonly topicArn: string }
  | { readonly type: "eventBridge"; readonly name: string; readonly bus: string };

/** For people: what kind of receiver it is, without credentials. */
export function describeReceiver(receiver: Receiver): string {
  switch (receiver.type) {
    case "slackWebhook":
      return "a Slack webhook";
    case "slackBot":
      return `the Slack channel ${receiver.channel}`;
    case "teams":
      return "a Microsoft Teams webhook";
    case "pagerduty":
      return "PagerDuty";
    case "webhook":
      // Somebody may have written a credential into the path, so only the host is shown.
      return typeof receiver.url === "string"
        ? `the webhook at ${toHost(receiver.url)}`
        : "a webhook whose address is stored";
    case "sns":
      return `the SNS topic ${receiver.topicArn}`;
    case "eventBridge":
      return `the EventBridge bus ${receiver.bus}`;
  }
}

/** The texts that a receiver needs to be used. */
export function listCredentials(receiver: Receiver): readonly HeldText[] {
  switch (receiver.type) {
    case "slackWebhook":
    case "teams":
      return [receiver.webhook];
    case "slackBot":
      return [receiver.token];
    case "pagerduty":
      return [receiver.routingKey];
    case "webhook":
      return [receiver.url, receiver.signingKey].filter(isHeld);
    case "sns":
    case "eventBridge":
      return [];
  }
}

function isHeld(text: string | HeldText | undefined): text is HeldText {
  return typeof text === "object";
}

function toHost(url: string): string {
  return /^https?:\/\/([^/]+)/.exec(url)?.[1] ?? "an address";
}
