import { createHmac } from "node:crypto";
import type { AlertMessage } from "../../events/alert.ts";
import { postJson } from "./post-json.ts";

const SECRET_PREFIX = "whsec_";

/**
 * Posts the alert's own CloudEvent, in structured mode. With a key the request is signed as Standard Webhooks defines it: over the id, the
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
  const body = JSON.stringify(alert);
  const id = alert.data.alertId;
  const timestamp = String(Math.floor(now / 1000));
  const signature =
    key === undefined ? {} : { "webhook-signature": sign(key, `${id}.${timestamp}.${body}`) };
  const headers = {
    "content-type": "application/cloudevents+json; charset=utf-8",
    // A header takes no other characters; names in the cluster are ASCII.
    "webhook-id": id.replaceAll(/[^\x21-\x7E]/g, "_"),
    "webhook-timestamp": timestamp,
    ...signature,
  };
  const credentials = key === undefined ? [url] : [url, key];
  await postJson({ about, url, body, headers, credentials }, signal);
}

function sign(key: string, content: string): string {
  const bytes = key.startsWith(SECRET_PREFIX)
    ? Buffer.from(key.slice(SECRET_PREFIX.length), "base64")
    : Buffer.from(key, "utf8");
  return `v1,${createHmac("sha256", bytes).update(content).digest("base64")}`;
}
