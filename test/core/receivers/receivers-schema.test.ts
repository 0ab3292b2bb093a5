import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { receiversSchema, toReceivers } from "../../../core/receivers/receivers-schema.ts";

const read = (receivers: unknown) => {
  const parsed = v.safeParse(receiversSchema, receivers);
  return parsed.success ? toReceivers(parsed.output) : parsed.issues.map(({ message }) => message);
};

const secret = { secret: "kubemend/slack" };

describe("receivers", () => {
  it.each([
    [
      "a Slack bot",
      { slack: { channel: "#ops", token: secret } },
      {
        type: "slackBot",
        channel: "#ops",
        token: { type: "secret", id: "kubemend/slack" },
        api: "https://slack.com/api",
      },
    ],
    [
      "a Slack webhook",
      { slack: { webhook: { parameter: "/slack" } } },
      { type: "slackWebhook", webhook: { type: "parameter", name: "/slack" } },
    ],
    [
      "Teams",
      { teams: { webhook: { env: "TEAMS_URL" } } },
      { type: "teams", webhook: { type: "env", variable: "TEAMS_URL" } },
    ],
    [
      "PagerDuty",
      { pagerduty: { routingKey: secret } },
      {
        type: "pagerduty",
        routingKey: { type: "secret", id: "kubemend/slack" },
        api: "https://events.pagerduty.com",
      },
    ],
    [
      "a webhook",
      { webhook: { url: "https://example.com/a", signingKey: secret } },
      {
        type: "webhook",
        url: "https://example.com/a",
        signingKey: { type: "secret", id: "kubemend/slack" },
      },
    ],
    [
      "a topic",
      { sns: { topicArn: "arn:aws:sns:eu-central-1:123456789012:alerts" } },
      { type: "sns", topicArn: "arn:aws:sns:eu-central-1:123456789012:alerts" },
    ],
    ["an event bus", { eventBridge: { bus: "default" } }, { type: "eventBridge", bus: "default" }],
  ])("can be %s", (_what, written, expected) => {
    expect(read({ ops: written })).toEqual([{ name: "ops", ...expected }]);
  });

  it.each(["https://[bad", "https://example.com:99999"])("refuse what is no address: %s", (url) => {
    expect(read({ ops: { webhook: { url } } })).toEqual([
      "is not an address: its host or port is invalid",
    ]);
  });

  it.each([
    ["two kinds", { teams: { webhook: secret }, eventBridge: { bus: "a" } }, /only one/],
    ["no kind", {}, /expected one of slack/],
    ["a token without a channel", { slack: { token: secret } }, /add channel/],
    ["a webhook with a channel", { slack: { webhook: secret, channel: "#a" } }, /remove channel/],
    ["a token and a webhook", { slack: { webhook: secret, token: secret } }, /remove one of them/],
    ["a token as text", { slack: { channel: "#a", token: "xoxb-1" } }, /expected \{ secret/],
    ["two places", { teams: { webhook: { secret: "a", env: "B" } } }, /only one/],
    ["http to another machine", { webhook: { url: "http://example.com" } }, /https/],
    ["a password in the address", { webhook: { url: "https://a:b@example.com" } }, /https/],
    [
      "a FIFO topic",
      { sns: { topicArn: "arn:aws:sns:us-east-1:123456789012:a.fifo" } },
      /standard/,
    ],
  ])("are refused with %s", (_what, written, expected) => {
    expect(JSON.stringify(read({ ops: written }))).toMatch(expected);
  });

  it("have names that are lower-case", () => {
    expect(JSON.stringify(read({ Ops: { teams: { webhook: secret } } }))).toMatch(/lower-case/);
  });
});
