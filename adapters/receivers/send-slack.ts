import { readBoundedJson } from "../../events/json.ts";
import type { AlertMessage } from "../../events/alert.ts";
import { toAlertView } from "../../core/alerts/alert-view.ts";
import { toSlackMessage } from "../../core/alerts/to-slack.ts";
import { readOwn } from "../../core/json/read-json.ts";
import { hideCredentials } from "./hide-credentials.ts";
import { receiverError } from "./errors.ts";
import { postJson } from "./post-json.ts";

/** Errors of the Web API that pass: https://docs.slack.dev/reference/methods/chat.postMessage#errors */
const TEMPORARY: ReadonlySet<unknown> = new Set([
  "fatal_error",
  "internal_error",
  "rate_limited",
  "ratelimited",
  "request_timeout",
  "service_unavailable",
  "team_added_to_org",
]);

const NO_PREVIEWS = { unfurl_links: false, unfurl_media: false };
/** An accepted message is repeated in the answer, with its blocks. */
const ANSWER_MAX_BYTES = 512 * 1024;

export type SlackTarget =
  | { readonly webhook: string }
  | { readonly api: string; readonly token: string; readonly channel: string };

/** Posts an alert to Slack. Throws as `postJson` does. */
export async function sendSlack(
  alert: AlertMessage,
  target: SlackTarget,
  about: string,
  signal: AbortSignal,
): Promise<void> {
  const message = toSlackMessage(toAlertView(alert));
  if ("webhook" in target) {
    const { webhook: url } = target;
    await postJson({ about, url, body: JSON.stringify(message), credentials: [url] }, signal);
    return;
  }
  const { api, token, channel } = target;
  const answer = await postJson(
    {
      about,
      url: `${api}/chat.postMessage`,
      body: JSON.stringify({ channel, ...message, ...NO_PREVIEWS }),
      headers: { authorization: `Bearer ${token}` },
      credentials: [token],
      answerMaxBytes: ANSWER_MAX_BYTES,
    },
    signal,
  );
  checkAnswer(hideCredentials(answer, [token]), about);
}

/** The Web API answers 200 to requests that it refuses, too. */
function checkAnswer(answer: string, about: string): void {
  const read = readBoundedJson(answer);
  const body = read.outcome === "read" ? read.value : undefined;
  // A longer answer is cut, so it is no JSON any more; only an accepted message is answered at length.
  if (readOwn(body, "ok") === true || answer.startsWith('{"ok":true')) return;
  const error = readOwn(body, "error");
  if (typeof error !== "string") {
    throw receiverError("ReceiverUnavailable", about, "its answer is not one of Slack's Web API");
  }
  const code = TEMPORARY.has(error) ? "ReceiverUnavailable" : "ReceiverRefused";
  throw receiverError(code, about, `Slack refused the message: ${error}`);
}
