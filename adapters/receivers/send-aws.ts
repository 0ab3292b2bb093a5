import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import type { AlertMessage } from "../../events/alert.ts";
import { toAlertView } from "../../core/alerts/alert-view.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { limitText } from "../../core/text/limit-text.ts";
import { toDelivered } from "../../core/alerts/to-delivered.ts";
import { toEventDetail } from "../../core/alerts/to-event-detail.ts";
import { toPlainText } from "../../core/alerts/to-plain-text.ts";
import { describeError } from "../../core/errors.ts";
import { toClientOptions } from "../access/aws-client-options.ts";
import { receiverError } from "./errors.ts";

/** A subject of SNS has fewer than 100 characters of ASCII, and begins with a letter, a digit or punctuation. */
const SUBJECT_MAX = 99;
/** Longer than any of ours. */
const ATTRIBUTE_MAX = 1_024;

/** Errors of SNS and EventBridge that pass, by the names of the SDK. Faults that an operator can mend are among them: no alert is at fault. */
const REFUSED: ReadonlySet<string> = new Set([
  "InvalidParameter",
  "InvalidParameterException",
  "InvalidParameterValue",
  "MalformedDetail",
  "ValidationException",
]);

/** Publishes an alert as text, for e-mail, SMS and chat, with its id, rule and severity as attributes by which subscriptions can filter. */
export async function publishToSns(
  alert: AlertMessage,
  topicArn: string,
  about: string,
  signal: AbortSignal,
): Promise<void> {
  const view = toAlertView(alert);
  await send(about, new SNSClient(toClientOptions(topicArn)), (client) =>
    client.send(
      new PublishCommand({
        TopicArn: topicArn,
        Subject: toSubject(view.title),
        Message: toPlainText(view),
        MessageAttributes: {
          alertId: toAttribute(view.id),
          rule: toAttribute(alert.data.rule.id),
          cluster: toAttribute(alert.data.cluster.name),
          severity: toAttribute(view.severity),
          status: toAttribute(view.status),
        },
      }),
      { abortSignal: signal },
    ),
  );
}

/** Puts the alert's data on an event bus: source `kubemend`, detail-type `Kubemend Alert`. */
export async function putToEventBridge(
  alert: AlertMessage,
  bus: string,
  about: string,
  signal: AbortSignal,
): Promise<void> {
  const entry = {
    EventBusName: bus,
    Source: "kubemend",
    DetailType: "Kubemend Alert",
    Time: new Date(alert.time),
    Resources: [alert.subject],
    Detail: toEventDetail(toDelivered(alert).data),
  };
  const answer = await send(about, new EventBridgeClient(toClientOptions(bus)), (client) =>
    client.send(new PutEventsCommand({ Entries: [entry] }), { abortSignal: signal }),
  );
  const [result] = answer.Entries ?? [];
  if (result?.ErrorCode === undefined) return;
  throw toError(result.ErrorCode, result.ErrorMessage ?? "", about);
}

async function send<Client extends { readonly destroy: () => void }, T>(
  about: string,
  client: Client,
  call: (client: Client) => Promise<T>,
): Promise<T> {
  try {
    return await call(client);
  } catch (error) {
    throw toError(error instanceof Error ? error.name : "Error", describeError(error), about);
  } finally {
    client.destroy();
  }
}

function toError(name: string, message: string, about: string): Error {
  const code = REFUSED.has(name) ? "ReceiverRefused" : "ReceiverUnavailable";
  return receiverError(code, about, `${name}: ${message}`);
}

function toSubject(title: string): string {
  const line = title.trimStart().replaceAll(/[^\x20-\x7E]/g, "?");
  return limitText(line, SUBJECT_MAX).replace("…", ".");
}

/** Printable, because half a surrogate pair cannot be sent at all. */
function toAttribute(value: string): { readonly DataType: string; readonly StringValue: string } {
  return { DataType: "String", StringValue: toPrintable(limitText(value, ATTRIBUTE_MAX)) };
}
