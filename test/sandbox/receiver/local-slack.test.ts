import { afterEach, beforeEach, expect, it } from "vitest";
import { createReadCredential } from "../../../adapters/receivers/credentials.ts";
import { deliver } from "../../../adapters/receivers/deliver.ts";
import { startLocalSlack, type LocalSlack } from "../../../sandbox/receiver/local-slack.ts";
import { toAlert } from "../../support/alert-message.ts";

let slack: LocalSlack;

beforeEach(async () => {
  slack = await startLocalSlack();
});

afterEach(() => slack.stop());

const post = async (body: string, url = slack.url): Promise<readonly [number, string]> => {
  const response = await fetch(url, { method: "POST", body });
  return [response.status, await response.text()];
};

it("takes an alert as notify delivers it", async () => {
  const now = () => 0;
  const readVariable = () => slack.url;
  const webhook = { type: "env", variable: "SANDBOX_SLACK" } as const;
  const deps = { readCredential: createReadCredential({ now, readVariable }), now };
  const { signal } = new AbortController();
  await deliver(toAlert(), { type: "slackWebhook", name: "ops", webhook }, deps, signal);
  expect(slack.messages()).toMatchObject([{ text: expect.stringContaining("backup") as string }]);
});

it.each([
  ["no JSON", "x", 400],
  ["no object", "[]", 400],
  ["no text", "{}", 400],
  ["a text that is none", '{"text":1}', 400],
  ["more than any message has", JSON.stringify({ text: "x".repeat(300_000) }), 400],
  ["blocks that are none", '{"text":"a","blocks":{"length":9}}', 200],
])("answers %s as Slack does, and keeps only messages", async (_what, body, status) => {
  expect((await post(body))[0]).toBe(status);
  expect(slack.messages()).toEqual(status === 200 ? [{ text: "a", blocks: [] }] : []);
});

it("is at its own path only", async () => {
  expect((await post('{"text":"a"}', slack.url.replace("sandbox", "other")))[0]).toBe(404);
  expect(slack.messages()).toEqual([]);
});

it("keeps the latest 200 messages", async () => {
  for (let index = 0; index < 205; index += 1) await post(JSON.stringify({ text: `${index}` }));
  expect(slack.messages()).toHaveLength(200);
  expect(slack.messages().at(-1)?.text).toBe("204");
});
