import { createHmac } from "node:crypto";
import type { AlertMessage } from "../../events/alert.ts";
import { toDelivered } from "../../core/alerts/to-delivered.ts";
import { toSigningKey } from "./check-credential.ts";
import { postJson } from "./post-json.ts";

/**
 * Posts the alert as a CloudEvent, in structured mode. With a key the request is signed as Standard Webhooks defines it: over the id, the
 * time and the body, so that neither can be changed and an old request can be refused.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @param now ms since the epoch.
 */
export async function sendWebhook(
  alert: AlertMessage,
  target: {
    readonly url: string;
    readonly key?: string | undefined;
    readonly now: number;
  },
  about: string,
  signal: AbortSignal,
): Promise<void> {
  const { url, key, now } = target;
  const body = JSON.stringify(toDelivered(alert));
  const id = alert.data.alertId;
  const timestamp = String(Math.floor(now / 1000));
  // A header takes no other characters. A dot separates id, time and body in what is signed: with one in the id, another id and time
  // would have the same signature.
  const headerId = id.replaceAll(/[^\x21-\x2D\x2F-\x7E]/g, "_");
  const content = `${headerId}.${timestamp}.${body}`;
  const signature =
    key === undefined ? {} : { "webhook-signature": sign(toSigningKey(key, about), content) };
  const headers = {
    "content-type": "application/cloudevents+json; charset=utf-8",
    "webhook-id": headerId,
    "webhook-timestamp": timestamp,
    ...signature,
  };
  const credentials = key === undefined ? [url] : [url, key];
  await postJson({ about, url, body, headers, credentials }, signal);
}

function sign(key: Buffer, content: string): string {
  return `v1,${createHmac("sha256", key).update(content).digest("base64")}`;
}
