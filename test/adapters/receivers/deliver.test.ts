import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createReadCredential } from "../../../adapters/receivers/credentials.ts";
import { deliver } from "../../../adapters/receivers/deliver.ts";
import type { Receiver } from "../../../core/receivers/receiver.ts";
import { toAlert } from "../../support/alert-message.ts";
import { startReceiver, type ReceiverServer } from "../../support/receiver-server.ts";

const NOW = Date.parse("2026-11-20T02:01:00Z");
const CREDENTIAL = "T0KEN-of-the-receiver-of-a-test";
const held = { type: "env", variable: "CREDENTIAL" } as const;

const variables: Record<string, string> = {};
const readVariable = (name: string) => variables[name];

/** Delivers the sample alert; `credential` is what the receiver's variable contains. */
async function send(receiver: Receiver, credential: string = CREDENTIAL): Promise<void> {
  variables["CREDENTIAL"] = credential;
  const now = () => NOW;
  const deps = { readCredential: createReadCredential({ now, readVariable }), now };
  await deliver(toAlert(), receiver, deps, new AbortController().signal);
}

/** Each kind of receiver that is reached over HTTP, at a server on this machine. */
const KINDS: readonly (readonly [string, (server: ReceiverServer) => Promise<void>])[] = [
  [
    "a Slack webhook",
    ({ url }) => send({ type: "slackWebhook", name: "a", webhook: held }, `${url}/services/T/B/x`),
  ],
  [
    "a Slack bot",
    ({ url }) =>
      send({ type: "slackBot", name: "a", channel: "#ops", token: held, api: `${url}/api` }),
  ],
  ["Teams", ({ url }) => send({ type: "teams", name: "a", webhook: held }, `${url}/workflows/x`)],
  ["PagerDuty", ({ url }) => send({ type: "pagerduty", name: "a", routingKey: held, api: url })],
  [
    "a webhook",
    ({ url }) => send({ type: "webhook", name: "a", url: `${url}/hook`, signingKey: held }),
  ],
];

const OK = { body: '{"ok":true}' };

describe.each(KINDS)("%s", (_kind, deliverTo) => {
  it("gets the alert in one POST of JSON", async () => {
    await using server = await startReceiver(OK);
    await deliverTo(server);
    expect(server.requests).toMatchObject([{ method: "POST" }]);
    const [request] = server.requests;
    expect(request?.headers["content-type"]).toMatch(/^application\/(cloudevents\+)?json/);
    expect(JSON.parse(request?.body ?? "")).toBeTypeOf("object");
    expect(request?.body).toContain("backup-29384720");
  });

  it.each([
    [429, "ReceiverThrottled", true],
    [500, "ReceiverUnavailable", true],
    [503, "ReceiverUnavailable", true],
    [408, "ReceiverUnavailable", true],
    [400, "ReceiverRefused", false],
    [401, "ReceiverRefused", false],
    [403, "ReceiverRefused", false],
    [404, "ReceiverRefused", false],
    [410, "ReceiverRefused", false],
    [302, "ReceiverRefused", false],
  ])("that answers %i: %s, temporary: %s", async (status, code, retryable) => {
    const headers = { location: "https://elsewhere.example/" };
    await using server = await startReceiver({ status, headers, body: "the reason" });
    await expect(deliverTo(server)).rejects.toMatchObject({ code, retryable });
    expect(server.requests).toHaveLength(1);
  });

  it("may say when the alert is to be sent again", async () => {
    await using server = await startReceiver({ status: 429, headers: { "retry-after": "37" } });
    await expect(deliverTo(server)).rejects.toMatchObject({ retryAfterMs: 37_000 });
  });

  it("is away: temporary, and the error names the receiver but not its address or credential", async () => {
    const server = await startReceiver(OK);
    await server[Symbol.asyncDispose]();
    const error: unknown = await deliverTo(server).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "ReceiverUnreachable", retryable: true });
    expect(String(error)).toContain("receiver a (");
    expect(String(error)).not.toContain(CREDENTIAL);
    expect(String(error)).not.toMatch(/services\/T|workflows\/x/);
  });
});

describe("Slack's Web API", () => {
  const bot = (url: string): Receiver => ({
    type: "slackBot",
    name: "a",
    channel: "#ops",
    token: held,
    api: url,
  });

  it("gets the token in the header, and the channel", async () => {
    await using server = await startReceiver(OK);
    await send(bot(server.url));
    expect(server.requests[0]).toMatchObject({
      path: "/chat.postMessage",
      headers: { authorization: `Bearer ${CREDENTIAL}` },
    });
    expect(JSON.parse(server.requests[0]?.body ?? "")).toMatchObject({ channel: "#ops" });
  });

  it.each([
    ["channel_not_found", "ReceiverRefused"],
    ["invalid_auth", "ReceiverRefused"],
    ["internal_error", "ReceiverUnavailable"],
    ["ratelimited", "ReceiverUnavailable"],
  ])("answers 200 with %s: %s", async (error, code) => {
    await using server = await startReceiver({ body: JSON.stringify({ ok: false, error }) });
    await expect(send(bot(server.url))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(error) as string,
    });
  });

  it.each(["", "<html>", "null", '"ok"', "{}"])(
    "answers 200 with %j: asked again",
    async (body) => {
      await using server = await startReceiver({ body });
      await expect(send(bot(server.url))).rejects.toMatchObject({ code: "ReceiverUnavailable" });
    },
  );

  it.each([
    ["ok first", { ok: true, message: "x".repeat(100_000) }],
    ["ok last", { message: "x".repeat(100_000), ok: true }],
    ["more than is read", { ok: true, message: "x".repeat(1_000_000) }],
  ])("may answer at length: %s", async (_, answer) => {
    await using server = await startReceiver({ body: JSON.stringify(answer) });
    await send(bot(server.url));
    expect(server.requests).toHaveLength(1);
  });

  it("may refuse at length", async () => {
    const answer = { message: "x".repeat(100_000), ok: false, error: "channel_not_found" };
    await using server = await startReceiver({ body: JSON.stringify(answer) });
    await expect(send(bot(server.url))).rejects.toMatchObject({ code: "ReceiverRefused" });
  });
});

describe("a webhook", () => {
  const verify = (key: Buffer | string, { headers, body }: ReceiverServer["requests"][number]) => {
    const content = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
    return `v1,${createHmac("sha256", key).update(content).digest("base64")}`;
  };

  it("gets a CloudEvent with all that people see, with the alert's id and the time", async () => {
    await using server = await startReceiver(OK);
    await send({ type: "webhook", name: "a", url: server.url });
    const [request] = server.requests;
    const { data, ...head } = toAlert();
    expect(JSON.parse(request?.body ?? "")).toEqual({
      ...head,
      data: {
        ...data,
        title: "rerun-failed-backup: Job data/backup-29384720",
        severity: "error",
        status: "firing",
        labels: {},
        fields: [],
        commands: ["kubectl describe job backup-29384720 --namespace data"],
      },
    });
    expect(request?.headers).toMatchObject({
      "content-type": "application/cloudevents+json; charset=utf-8",
      "webhook-id": "rerun-failed-backup-03ec059e118f45dfbf18/alert",
      "webhook-timestamp": String(NOW / 1000),
    });
    expect(request?.headers["webhook-signature"]).toBeUndefined();
  });

  it.each([
    ["text", "a key of ours with 24 by", Buffer.from("a key of ours with 24 by")],
    [
      "a secret of Standard Webhooks",
      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      Buffer.from("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "base64"),
    ],
  ])("can verify the signature; the key is %s", async (_kind, written, key) => {
    await using server = await startReceiver(OK);
    await send({ type: "webhook", name: "a", url: server.url, signingKey: held }, written);
    const [request] = server.requests;
    expect(request?.headers["webhook-signature"]).toBe(request && verify(key, request));
  });
});

describe("an answer that never ends", () => {
  it("is not read if its status says that the alert was taken", async () => {
    await using server = await startReceiver({ endless: true });
    await send({ type: "webhook", name: "a", url: server.url });
    expect(server.requests).toHaveLength(1);
  });

  it("does not make a refusal temporary", async () => {
    await using server = await startReceiver({ status: 404, endless: true });
    await expect(send({ type: "webhook", name: "a", url: server.url })).rejects.toMatchObject({
      code: "ReceiverRefused",
    });
  });
});

describe("a credential", () => {
  it("that is not set is temporary, and the variable is named", async () => {
    const receiver = { type: "pagerduty", name: "a", routingKey: held, api: "x" } as const;
    await expect(send(receiver, " ")).rejects.toMatchObject({
      code: "ReceiverUnavailable",
      retryable: true,
      message: expect.stringContaining("CREDENTIAL") as string,
    });
  });

  it("is read again after five minutes, so that a rotated one is used", async () => {
    let now = 0;
    const read = createReadCredential({ now: () => now, readVariable });
    const ask = async (credential: string) => {
      variables["CREDENTIAL"] = credential;
      return read(held, "a");
    };
    expect(await ask("old")).toBe("old");
    now = 299_999;
    expect(await ask("new")).toBe("old");
    now = 300_000;
    expect(await ask("new")).toBe("new");
  });

  it("that could not be read is read again at once", async () => {
    const read = createReadCredential({ now: () => 0, readVariable });
    variables["CREDENTIAL"] = "";
    await expect(read(held, "a")).rejects.toThrow("CREDENTIAL");
    variables["CREDENTIAL"] = "now";
    expect(await read(held, "a")).toBe("now");
  });
});
