import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { readBoundedJson } from "../../events/json.ts";
import { readList, readOwn } from "../../core/json/read-json.ts";
import type { Receiver } from "../../core/receivers/receiver.ts";

/** A message of an incoming webhook, with blocks that anybody on this machine may have sent. */
export type SlackMessage = { readonly text: string; readonly blocks: readonly unknown[] };

/** An incoming webhook of Slack on this machine, which keeps what it is sent. */
export type LocalSlack = {
  /** The address of the webhook. */
  readonly url: string;
  /** The latest messages, oldest first. */
  readonly messages: () => readonly SlackMessage[];
  readonly stop: () => Promise<void>;
};

/** The variable of notify that has the address: a pipeline names it as the webhook of a receiver. */
export const LOCAL_SLACK_VARIABLE = "SANDBOX_SLACK";

/** The names of the receivers that are this Slack. */
export function listLocalReceivers(receivers: readonly Receiver[] = []): ReadonlySet<string> {
  const own = receivers.filter(
    (receiver) =>
      receiver.type === "slackWebhook" &&
      receiver.webhook.type === "env" &&
      receiver.webhook.variable === LOCAL_SLACK_VARIABLE,
  );
  return new Set(own.map(({ name }) => name));
}

const PATH = "/services/sandbox";
/** Larger than any message of ours. */
const BODY_MAX_BYTES = 256 * 1024;
const KEPT_MAX = 200;

/** Listens on a port of its own. It answers as https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks says. */
export async function startLocalSlack(): Promise<LocalSlack> {
  const messages: SlackMessage[] = [];
  const server = createServer((request, response) => {
    void answer(request, response, (message) => {
      messages.push(message);
      if (messages.length > KEPT_MAX) messages.shift();
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${PATH}`,
    messages: () => messages,
    async stop() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  keep: (message: SlackMessage) => void,
): Promise<void> {
  const say = (status: number, text: string): void => {
    response.writeHead(status, { "content-type": "text/plain" }).end(text);
  };
  try {
    if (request.method !== "POST" || request.url !== PATH) return say(404, "no_service");
    const body = await readBody(request);
    const message = body === undefined ? undefined : parseMessage(body);
    if (message === undefined) return say(400, "invalid_payload");
    keep(message);
    return say(200, "ok");
  } catch {
    // The sender has gone away.
    response.destroy();
  }
}

/** Undefined if it is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseMessage(body: string): SlackMessage | undefined {
  const read = readBoundedJson(body);
  const value = read.outcome === "read" ? read.value : undefined;
  const text = readOwn(value, "text");
  return typeof text === "string"
    ? { text, blocks: readList(readOwn(value, "blocks")) }
    : undefined;
}
