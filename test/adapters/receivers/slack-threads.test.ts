import { expect, it } from "vitest";
import { createReadCredential } from "../../../adapters/receivers/credentials.ts";
import { deliver } from "../../../adapters/receivers/deliver.ts";
import type { Receiver } from "../../../core/receivers/receiver.ts";
import type { AlertData } from "../../../events/alert.ts";
import { toAlert } from "../../support/alert-message.ts";
import { startReceiver, type ReceiverAnswer } from "../../support/receiver-server.ts";

const TS = "1763604060.000200";
const taken = (ts: string = TS): ReceiverAnswer => ({
  body: JSON.stringify({ ok: true, channel: "C024BE91L", ts, message: { ts } }),
});
const refused = (error: string): ReceiverAnswer => ({ body: JSON.stringify({ ok: false, error }) });

const held = { type: "env", variable: "CREDENTIAL" } as const;
const bot = (api: string, channel = "#ops"): Receiver => ({
  type: "slackBot",
  name: "ops",
  channel,
  token: held,
  api,
});

async function post(receiver: Receiver, data: Partial<AlertData> = {}) {
  const readVariable = () =>
    receiver.type === "slackWebhook" ? `${receiver.name}/services/T/B/x` : "xoxb-1";
  const now = () => 0;
  const deps = { readCredential: createReadCredential({ now, readVariable }), now };
  return deliver(toAlert(data), receiver, deps, new AbortController().signal);
}

const bodyOf = (request: { readonly body: string } | undefined): object =>
  JSON.parse(request?.body ?? "null") as object;

it("the first message of an incident is in the channel, and begins a thread", async () => {
  await using server = await startReceiver(taken());
  expect(await post(bot(server.url), { thread: { key: "a" } })).toContain(TS);
  expect(bodyOf(server.requests[0])).not.toHaveProperty("thread_ts");
});

it("a later alert goes into the thread, and is shown in the channel as well", async () => {
  await using server = await startReceiver(taken(), taken("1763604999.000100"));
  const handle = await post(bot(server.url));
  expect(await post(bot(server.url), { thread: { key: "a", handle } })).toBeUndefined();
  expect(bodyOf(server.requests[1])).toMatchObject({ thread_ts: TS, reply_broadcast: true });
});

it("the message that an alert is resolved is in the thread only", async () => {
  await using server = await startReceiver(taken());
  const handle = await post(bot(server.url));
  await post(bot(server.url), { thread: { key: "a", handle }, status: "resolved" });
  expect(bodyOf(server.requests[1])).toMatchObject({ thread_ts: TS, reply_broadcast: false });
});

it.each(["thread_not_found", "cannot_reply_to_message", "restricted_action_thread_locked"])(
  "a thread that Slack refuses with %s loses no alert: the message is in the channel, and begins another",
  async (error) => {
    await using server = await startReceiver(taken(), refused(error), taken("2.2"));
    const handle = await post(bot(server.url));
    expect(await post(bot(server.url), { thread: { key: "a", handle } })).toContain("2.2");
    expect(bodyOf(server.requests[2])).not.toHaveProperty("thread_ts");
  },
);

it("a thread is asked again if Slack is away", async () => {
  await using server = await startReceiver(taken(), refused("internal_error"));
  const handle = await post(bot(server.url));
  await expect(post(bot(server.url), { thread: { key: "a", handle } })).rejects.toMatchObject({
    retryable: true,
  });
  expect(server.requests).toHaveLength(2);
});

it("a thread of another channel is not used", async () => {
  await using server = await startReceiver(taken());
  const handle = await post(bot(server.url));
  await post(bot(server.url, "#other"), { thread: { key: "a", handle } });
  expect(bodyOf(server.requests[1])).not.toHaveProperty("thread_ts");
});

it.each([
  ["no ts", {}],
  ["a ts that is none", { ts: "latest" }],
  ["a ts that is no text", { ts: 1763604060.0002 }],
])("an answer with %s begins no thread", async (_what, answer) => {
  await using server = await startReceiver({ body: JSON.stringify({ ok: true, ...answer }) });
  expect(await post(bot(server.url))).toBeUndefined();
});

it("an incoming webhook hands out no thread", async () => {
  await using server = await startReceiver({ body: "ok" });
  const webhook: Receiver = { type: "slackWebhook", name: server.url, webhook: held };
  expect(await post(webhook, { thread: { key: "a", handle: `${TS}/x` } })).toBeUndefined();
  expect(bodyOf(server.requests[0])).not.toHaveProperty("thread_ts");
});
