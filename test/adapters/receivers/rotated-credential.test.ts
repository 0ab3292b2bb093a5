import { describe, expect, it } from "vitest";
import { createReadCredential } from "../../../adapters/receivers/credentials.ts";
import { deliver } from "../../../adapters/receivers/deliver.ts";
import type { Receiver } from "../../../core/receivers/receiver.ts";
import { toAlert } from "../../support/alert-message.ts";
import {
  startReceiver,
  type ReceivedRequest,
  type ReceiverAnswer,
} from "../../support/receiver-server.ts";

const NOW = Date.parse("2026-11-20T02:01:00Z");
const OLD = "0LD-credential-of-the-receiver-of-a-test";
const NEW = "NEW-credential-of-the-receiver-of-a-test";
const held = { type: "env", variable: "CREDENTIAL" } as const;
const { signal } = new AbortController();

/** A delivery of notify that keeps the old credential in memory, while `stored` is the one in the store. */
async function createRotated(stored: string) {
  let reads = 0;
  let text = OLD;
  const readVariable = () => {
    reads += 1;
    return text;
  };
  const readCredential = createReadCredential({ now: () => NOW, readVariable });
  await readCredential(held, "a");
  text = stored;
  return {
    send: (receiver: Receiver) =>
      deliver(toAlert(), receiver, { readCredential, now: () => NOW }, signal),
    reads: () => reads,
  };
}

const isNew = ({ headers, body, path }: ReceivedRequest): boolean =>
  `${headers.authorization} ${body} ${path}`.includes(NEW);

const refusing =
  (refusal: ReceiverAnswer) =>
  (request: ReceivedRequest): ReceiverAnswer =>
    isNew(request) ? { body: '{"ok":true}' } : refusal;

const toBot = (url: string): Receiver => {
  return { type: "slackBot", name: "a", channel: "#ops", token: held, api: url };
};
const toPager = (url: string): Receiver => {
  return { type: "pagerduty", name: "a", routingKey: held, api: url };
};

describe("a rotated credential", () => {
  it.each<[string, (url: string) => Receiver, ReceiverAnswer]>([
    ["Slack", toBot, { body: '{"ok":false,"error":"token_revoked"}' }],
    ["PagerDuty", toPager, { status: 400, body: "invalid routing key" }],
  ])("of %s is read again when the old one is refused", async (_kind, toReceiver, refusal) => {
    await using server = await startReceiver(refusing(refusal));
    const { send } = await createRotated(NEW);
    await send(toReceiver(server.url));
    expect(server.requests.map(isNew)).toEqual([false, true]);
    await send(toReceiver(server.url));
    expect(server.requests).toHaveLength(3);
  });

  it("that signs is used for the second request", async () => {
    await using server = await startReceiver({ status: 401 }, {});
    const { send } = await createRotated(NEW);
    await send({ type: "webhook", name: "a", url: server.url, signingKey: held });
    const [first, second] = server.requests.map(({ headers }) => headers["webhook-signature"]);
    expect(second).not.toBe(first);
  });

  it("is read once for all alerts that are refused at once", async () => {
    await using server = await startReceiver(refusing({ status: 401 }));
    const { send, reads } = await createRotated(NEW);
    await Promise.all([1, 2, 3, 4].map(() => send(toPager(server.url))));
    expect(reads()).toBe(2);
  });
});

it("a credential that was not rotated makes the refusal final", async () => {
  await using server = await startReceiver({ status: 401 });
  const { send } = await createRotated(OLD);
  await expect(send(toPager(server.url))).rejects.toMatchObject({ code: "ReceiverRefused" });
  expect(server.requests).toHaveLength(1);
});

it("a new credential that is refused, too, is not read once more", async () => {
  await using server = await startReceiver({ status: 401 });
  const { send, reads } = await createRotated(NEW);
  await expect(send(toPager(server.url))).rejects.toMatchObject({ code: "ReceiverRefused" });
  expect(server.requests).toHaveLength(2);
  expect(reads()).toBe(2);
});

it("a receiver that is away is not asked with another credential", async () => {
  await using server = await startReceiver({ status: 503 });
  const { send, reads } = await createRotated(NEW);
  await expect(send(toPager(server.url))).rejects.toMatchObject({ code: "ReceiverUnavailable" });
  expect(reads()).toBe(1);
});
