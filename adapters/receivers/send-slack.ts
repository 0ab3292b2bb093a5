import { readBoundedJson } from "../../events/json.ts";
import type { AlertMessage } from "../../events/alert.ts";
import { toAlertView } from "../../core/alerts/alert-view.ts";
import { toSlackMessage } from "../../core/alerts/to-slack.ts";
import { readOwn } from "../../core/json/read-json.ts";
import { hideCredentials } from "./hide-credentials.ts";
import { isKubemendError } from "../../core/errors.ts";
import { receiverError } from "./errors.ts";
import { postJson } from "./post-json.ts";
import { readThreadHandle, toThreadHandle } from "./slack-thread.ts";

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

type SlackBot = { readonly api: string; readonly token: string; readonly channel: string };

export type SlackTarget = { readonly webhook: string } | SlackBot;

/**
 * Posts an alert to Slack. Throws as `postJson` does. A bot's message goes into the thread of its incident; if it is the first of it, the
 * handle of the thread that it begins is returned. An incoming webhook hands out none.
 */
export async function sendSlack(
  alert: AlertMessage,
  target: SlackTarget,
  about: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const message = toSlackMessage(toAlertView(alert));
  if ("webhook" in target) {
    const { webhook: url } = target;
    await postJson({ about, url, body: JSON.stringify(message), credentials: [url] }, signal);
    return undefined;
  }
  const reply = toReply(alert, target);
  if (reply === undefined) return post({ ...message, ...NO_PREVIEWS }, target, about, signal);
  try {
    await post({ ...message, ...NO_PREVIEWS, ...reply }, target, about, signal);
    return undefined;
  } catch (error) {
    if (!isKubemendError(error, "ReceiverRefused")) throw error;
    // Somebody may have deleted or locked the thread, and an alert must not be lost because of where it goes.
    return post({ ...message, ...NO_PREVIEWS }, target, about, signal);
  }
}

/**
 * The fields that put a message into a thread. Alerts that are new, and reminders, are shown in the channel as well, because only those
 * who follow a thread are notified of its replies.
 * @see https://docs.slack.dev/reference/methods/chat.postMessage
 */
function toReply({ data }: AlertMessage, target: SlackBot): object | undefined {
  const { thread, status } = data;
  const ts = thread?.handle === undefined ? undefined : readThreadHandle(thread.handle, target);
  return ts === undefined ? undefined : { thread_ts: ts, reply_broadcast: status !== "resolved" };
}

/** Posts a message, and returns the handle of the thread that it can begin. */
async function post(
  message: object,
  target: SlackBot,
  about: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { api, token, channel } = target;
  const answer = await postJson(
    {
      about,
      url: `${api}/chat.postMessage`,
      body: JSON.stringify({ channel, ...message }),
      headers: { authorization: `Bearer ${token}` },
      credentials: [token],
      answerMaxBytes: ANSWER_MAX_BYTES,
    },
    signal,
  );
  const body = checkAnswer(hideCredentials(answer, [token]), about);
  return toThreadHandle(readOwn(body, "ts"), target);
}

/** The answer, if it can be read. The Web API answers 200 to requests that it refuses, too. */
function checkAnswer(answer: string, about: string): unknown {
  const read = readBoundedJson(answer);
  const body = read.outcome === "read" ? read.value : undefined;
  // A longer answer is cut, so it is no JSON any more; only an accepted message is answered at length.
  if (readOwn(body, "ok") === true || answer.startsWith('{"ok":true')) return body;
  const error = readOwn(body, "error");
  if (typeof error !== "string") {
    throw receiverError("ReceiverUnavailable", about, "its answer is not one of Slack's Web API");
  }
  const code = TEMPORARY.has(error) ? "ReceiverUnavailable" : "ReceiverRefused";
  throw receiverError(code, about, `Slack refused the message: ${error}`);
}
