import { sha256 } from "../../events/ids.ts";

/** The `ts` of a message, by which replies name it: https://docs.slack.dev/messaging/#threading */
const TS = /^\d{1,20}\.\d{1,20}$/;

/** The channel as the pipeline names it. */
type Channel = { readonly api: string; readonly channel: string };

/**
 * The handle of the thread that a message begins; undefined if Slack's answer does not identify it. It is bound to the channel of the
 * receiver: once the pipeline names another one, the thread is not used any more.
 */
export function toThreadHandle(ts: unknown, channel: Channel): string | undefined {
  return typeof ts === "string" && TS.test(ts) ? `${ts}/${toBinding(channel)}` : undefined;
}

/** The `ts` of a thread in this channel; undefined if the handle is of another channel, or none of Slack. */
export function readThreadHandle(handle: string, channel: Channel): string | undefined {
  const [ts = "", binding] = handle.split("/");
  return binding === toBinding(channel) && TS.test(ts) ? ts : undefined;
}

function toBinding({ api, channel }: Channel): string {
  return sha256(api, channel).slice(0, 16);
}
