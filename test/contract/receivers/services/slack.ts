import { createCheckJson } from "../check-json.ts";
import { findWrongType, HELD, type Service } from "../service.ts";

/**
 * Block Kit, as far as our messages use it.
 * @see https://docs.slack.dev/reference/block-kit/blocks
 * @see https://docs.slack.dev/reference/block-kit/composition-objects/text-object
 */
function plainText(maxLength: number): object {
  return {
    type: "object",
    properties: {
      type: { const: "plain_text" },
      text: { type: "string", minLength: 1, maxLength },
      emoji: { type: "boolean" },
    },
    required: ["type", "text"],
    additionalProperties: false,
  };
}

const richElement = {
  oneOf: [
    {
      type: "object",
      properties: { type: { const: "text" }, text: { type: "string", minLength: 1 } },
      required: ["type", "text"],
      additionalProperties: false,
    },
    {
      type: "object",
      properties: {
        type: { const: "link" },
        url: { type: "string", minLength: 1, maxLength: 3_000, pattern: "^https?://" },
        text: { type: "string", minLength: 1 },
      },
      required: ["type", "url"],
      additionalProperties: false,
    },
  ],
};

const block = {
  type: "object",
  required: ["type"],
  oneOf: [
    {
      properties: { type: { const: "header" }, text: plainText(150) },
      required: ["text"],
      additionalProperties: false,
    },
    {
      properties: { type: { const: "section" }, text: plainText(3_000) },
      required: ["text"],
      additionalProperties: false,
    },
    {
      properties: {
        type: { const: "section" },
        fields: { type: "array", minItems: 1, maxItems: 10, items: plainText(2_000) },
      },
      required: ["fields"],
      additionalProperties: false,
    },
    {
      properties: {
        type: { const: "rich_text" },
        elements: {
          type: "array",
          minItems: 1,
          items: {
            type: "object",
            properties: {
              type: { enum: ["rich_text_section", "rich_text_preformatted"] },
              elements: { type: "array", minItems: 1, items: richElement },
            },
            required: ["type", "elements"],
            additionalProperties: false,
          },
        },
      },
      required: ["elements"],
      additionalProperties: false,
    },
  ],
};

/** https://docs.slack.dev/changelog/2018-truncating-really-long-messages: longer ones are cut */
const TEXT_MAX = 40_000;

const message = {
  text: { type: "string", minLength: 1, maxLength: TEXT_MAX },
  blocks: { type: "array", minItems: 1, maxItems: 50, items: block },
};

/** https://docs.slack.dev/reference/methods/chat.postMessage */
const checkPost = createCheckJson({
  type: "object",
  properties: {
    ...message,
    channel: { type: "string", minLength: 1 },
    thread_ts: { type: "string", pattern: "^\\d+\\.\\d+$" },
    reply_broadcast: { type: "boolean" },
    unfurl_links: { type: "boolean" },
    unfurl_media: { type: "boolean" },
  },
  required: ["channel", "text"],
  additionalProperties: false,
});

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
const checkWebhook = createCheckJson({
  type: "object",
  properties: message,
  required: ["text"],
  additionalProperties: false,
});

/** All blocks together: https://github.com/slackapi/bolt-js/issues/2509 and 2867, as no number is documented. */
const BLOCKS_MAX = 13_000;

function findLongBlocks(body: string): readonly string[] {
  const { blocks = [] } = JSON.parse(body) as { readonly blocks?: readonly unknown[] };
  const { length } = JSON.stringify(blocks);
  return length <= BLOCKS_MAX ? [] : [`has ${length} characters in its blocks`];
}

/** Of the fallback text, which Slack interprets: https://docs.slack.dev/messaging/formatting-message-text#escaping */
function findMarkup(body: string): readonly string[] {
  const { text = "" } = JSON.parse(body) as { readonly text?: string };
  return /[<>]|&(?!amp;|lt;|gt;)/.test(text) ? ["has a text that is not escaped"] : [];
}

export const SLACK_BOT: Service = {
  name: "Slack's chat.postMessage",
  toReceiver: (url) => ({
    type: "slackBot",
    name: "oncall",
    channel: "#oncall",
    token: HELD,
    api: `${url}/api`,
  }),
  toCredential: () => "xoxb-123-456-abc",
  findFaults: (request) => [
    ...findWrongType(request, "application/json"),
    ...(request.path === "/api/chat.postMessage" ? [] : [`goes to ${request.path}`]),
    ...(request.headers.authorization === "Bearer xoxb-123-456-abc" ? [] : ["has no token"]),
    ...checkPost(request.body),
    ...findLongBlocks(request.body),
    ...findMarkup(request.body),
  ],
  accepted: ({ body }) => ({
    body: JSON.stringify({ ok: true, channel: "C1", ts: "1.000100", message: JSON.parse(body) }),
  }),
};

export const SLACK_WEBHOOK: Service = {
  name: "an incoming webhook of Slack",
  toReceiver: () => ({ type: "slackWebhook", name: "oncall", webhook: HELD }),
  toCredential: (url) => `${url}/services/T000/B000/XXXX`,
  findFaults: (request) => [
    ...findWrongType(request, "application/json"),
    ...(request.path === "/services/T000/B000/XXXX" ? [] : [`goes to ${request.path}`]),
    ...checkWebhook(request.body),
    ...findLongBlocks(request.body),
    ...findMarkup(request.body),
  ],
  accepted: () => ({ body: "ok" }),
};
