import { describe, expect, it, test } from "vitest";
import { createReadCredential } from "../../../adapters/receivers/credentials.ts";
import { deliver } from "../../../adapters/receivers/deliver.ts";
import { hideCredentials } from "../../../adapters/receivers/hide-credentials.ts";
import type { Receiver } from "../../../core/receivers/receiver.ts";
import { toAlert } from "../../support/alert-message.ts";
import { startReceiver } from "../../support/receiver-server.ts";

const held = { type: "env", variable: "CREDENTIAL" } as const;
const PART = "S3CRET-part-of-it-0123456789";

async function failWith(receiver: Receiver, credential: string): Promise<unknown> {
  const now = () => 0;
  const readCredential = createReadCredential({ now, readVariable: () => credential });
  return deliver(toAlert(), receiver, { readCredential, now }, new AbortController().signal).catch(
    (error: unknown) => error,
  );
}

/** Each kind at this address, and its credential. */
const kinds = (url: string): readonly (readonly [string, Receiver, string])[] => [
  ["a Slack webhook", { type: "slackWebhook", name: "a", webhook: held }, `${url}/s/${PART}`],
  ["a Slack bot", { type: "slackBot", name: "a", channel: "c", token: held, api: url }, PART],
  ["Teams", { type: "teams", name: "a", webhook: held }, `${url}/t?sig=${PART}`],
  ["PagerDuty", { type: "pagerduty", name: "a", routingKey: held, api: url }, PART],
  ["a webhook by its key", { type: "webhook", name: "a", url, signingKey: held }, PART],
  ["a stored address", { type: "webhook", name: "a", url: held }, `${url}/${PART}`],
];
const NAMES = kinds("http://127.0.0.1").map(([name]) => name);

describe.each(NAMES)("no error of %s contains the credential", (name) => {
  it.each([400, 429, 500, 200])(
    "if the receiver repeats it in an answer with %i",
    async (status) => {
      const body = JSON.stringify({ ok: false, error: `no such ${PART}, /s/${PART}` });
      await using server = await startReceiver({ status, body });
      const [, receiver, credential] = kinds(server.url).find(([kind]) => kind === name) ?? [];
      const error = receiver && (await failWith(receiver, credential ?? ""));
      expect(String(error)).not.toContain(PART);
    },
  );
});

test.each([
  [
    "a token with a line break",
    { type: "slackBot", name: "a", channel: "c", token: held, api: "http://127.0.0.1:1" },
    `${PART}\nx`,
  ],
  [
    "an address over http",
    { type: "teams", name: "a", webhook: held },
    `http://example.com/${PART}`,
  ],
  ["a text that is no address", { type: "slackWebhook", name: "a", webhook: held }, PART],
] as const)(
  "%s is refused as stored, so that the alert is sent again",
  async (_what, receiver, credential) => {
    const error = await failWith(receiver, credential);
    expect(error).toMatchObject({ code: "ReceiverUnavailable", retryable: true });
    expect(String(error)).toMatch(/the stored text is not/);
    expect(String(error)).not.toContain(PART);
  },
);

test.each([
  ["https://hooks.example/S3CRET/%C3%A9t%C3%A9-secret", "Cannot POST /S3CRET/été-secret"],
  ["https://hooks.example/S3CRET/T000", String.raw`{"path":"\/S3CRET\/T000"}`],
])("an address is hidden however a server writes it: %s", (address, answer) => {
  expect(hideCredentials(answer, [address])).not.toMatch(/S3CRET|été/);
});

const SLACK_BOT = { type: "slackBot", name: "a", channel: "c", token: held, api: "x" } as const;
const TEAMS = { type: "teams", name: "a", webhook: held } as const;
const PAGER = { type: "pagerduty", name: "a", routingKey: held, api: "x" } as const;
const HOOK = {
  type: "webhook",
  name: "a",
  url: "http://127.0.0.1:1",
  signingKey: held,
} as const;

test.each<readonly [string, Receiver, string, string]>([
  ["JSON", TEAMS, `{"url":"https://example.com/${PART}"}`, "it is JSON"],
  ["quotes", TEAMS, `"https://example.com/${PART}"`, "it is in quotes"],
  ["http", TEAMS, `http://example.com/${PART}`, "it begins with http://"],
  ["data", TEAMS, `data:text/plain,${PART}`, "is not an https:// address"],
  ["two lines", TEAMS, `https://example.com/\n${PART}`, "it has several lines"],
  ["JSON of a token", SLACK_BOT, `{"token":"${PART}"}`, "it is JSON"],
  ["a token in quotes", SLACK_BOT, `"${PART}"`, "it is in quotes"],
  ["a routing key in JSON", PAGER, `{"key": "${PART}"}`, "it is JSON"],
  ["a signing key in JSON", HOOK, `{"key": "${PART}"}`, "it is JSON"],
  ["an empty signing key", HOOK, "whsec_", "it has 0 bytes"],
  ["a short signing key", HOOK, "whsec_AAECAwQF", "it has 6 bytes"],
  ["a signing key that is no base64", HOOK, "whsec_!!!!", "is not base64"],
  ["a short text as a signing key", HOOK, "short", "it has 5 bytes"],
])(
  "a credential that cannot be right is not used, and the error says why: %s",
  async (_, receiver, credential, said) => {
    const error = await failWith(receiver, credential);
    expect(error).toMatchObject({ code: "ReceiverUnavailable", retryable: true });
    expect(String(error)).toContain(said);
    expect(String(error)).not.toContain(PART);
  },
);

test("a short part of an address is no secret, and stays readable", () => {
  const text = "no such path: /hook/abcdefgh-long";
  expect(hideCredentials(text, ["https://example.com/hook/abcdefgh-long"])).toBe(
    "no such path: (credential)",
  );
  expect(hideCredentials("the hook is away", ["https://example.com/hook/abcdefgh-long"])).toBe(
    "the hook is away",
  );
});
