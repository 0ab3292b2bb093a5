import type { AlertMessage } from "../../events/alert.ts";
import { toAlertView } from "../../core/alerts/alert-view.ts";
import { toPagerDutyEvent } from "../../core/alerts/to-pagerduty.ts";
import { toTeamsMessage } from "../../core/alerts/to-teams.ts";
import { isKubemendError } from "../../core/errors.ts";
import { describeReceiver, type HeldText, type Receiver } from "../../core/receivers/receiver.ts";
import type { ReadCredential } from "./credentials.ts";
import { toAddress, toHeaderText } from "./check-credential.ts";
import { postJson } from "./post-json.ts";
import { sendSlack } from "./send-slack.ts";
import { sendWebhook } from "./send-webhook.ts";

export type DeliverDeps = {
  readonly readCredential: ReadCredential;
  /** ms since the epoch. */
  readonly now: () => number;
};

/**
 * Delivers one alert to one receiver. At least once: an alert that is delivered again has the same id. Throws a KubemendError: terminal if
 * the receiver refuses the alert, otherwise temporary. Returns the handle of the thread that the receiver has handed out, if it has.
 *
 * A credential is kept for some minutes, and may have been rotated since. So after a refusal it is read again, and if it is another one, the
 * alert is sent with that: any answer may mean a credential that is no longer valid, as a 404 of an address does.
 */
export async function deliver(
  alert: AlertMessage,
  receiver: Receiver,
  { readCredential, now }: DeliverDeps,
  signal: AbortSignal,
): Promise<string | undefined> {
  const used = new Map<HeldText, string>();
  const noting: ReadCredential = async (held, about) => {
    const text = await readCredential(held, about);
    used.set(held, text);
    return text;
  };
  const about = `receiver ${receiver.name} (${describeReceiver(receiver)})`;
  try {
    return await send(alert, receiver, { readCredential: noting, now, about }, signal);
  } catch (error) {
    if (!isKubemendError(error, "ReceiverRefused")) throw error;
    let isRotated = false;
    for (const [held, text] of used) {
      isRotated = (await readCredential(held, about, text)) !== text || isRotated;
    }
    if (!isRotated) throw error;
    return send(alert, receiver, { readCredential, now, about }, signal);
  }
}

async function send(
  alert: AlertMessage,
  receiver: Receiver,
  { readCredential, now, about }: DeliverDeps & { readonly about: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  switch (receiver.type) {
    case "slackWebhook": {
      const webhook = toAddress(await readCredential(receiver.webhook, about), about);
      return sendSlack(alert, { webhook }, about, signal);
    }
    case "slackBot": {
      const { api, channel } = receiver;
      const token = toHeaderText(await readCredential(receiver.token, about), about);
      return sendSlack(alert, { api, channel, token }, about, signal);
    }
    case "teams": {
      const url = toAddress(await readCredential(receiver.webhook, about), about);
      const body = JSON.stringify(toTeamsMessage(toAlertView(alert)));
      await postJson({ about, url, body, credentials: [url] }, signal);
      return undefined;
    }
    case "pagerduty": {
      const routingKey = toHeaderText(await readCredential(receiver.routingKey, about), about);
      const body = JSON.stringify(toPagerDutyEvent(alert, routingKey));
      const url = `${receiver.api}/v2/enqueue`;
      await postJson({ about, url, body, credentials: [routingKey] }, signal);
      return undefined;
    }
    case "webhook": {
      const { url: written, signingKey } = receiver;
      const url =
        typeof written === "string"
          ? written
          : toAddress(await readCredential(written, about), about);
      const key = signingKey && (await readCredential(signingKey, about));
      await sendWebhook(alert, { url, key, now: now() }, about, signal);
      return undefined;
    }
    case "sns": {
      const { publishToSns } = await import("./send-aws.ts");
      await publishToSns(alert, receiver.topicArn, about, signal);
      return undefined;
    }
    case "eventBridge": {
      const { putToEventBridge } = await import("./send-aws.ts");
      await putToEventBridge(alert, receiver.bus, about, signal);
      return undefined;
    }
  }
}
