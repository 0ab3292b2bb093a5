import { createCheckJson } from "../check-json.ts";
import { findTooLong, findWrongType, HELD, type Service } from "../service.ts";

/** https://learn.microsoft.com/en-us/microsoftteams/limits-specifications-teams */
const MESSAGE_MAX_BYTES = 28 * 1024;

/** The enumerations of Adaptive Cards, as documented: https://adaptivecards.io/explorer/TextRun.html */
const textRun = {
  type: "object",
  properties: {
    type: { const: "TextRun" },
    text: { type: "string" },
    color: { enum: ["Default", "Dark", "Light", "Accent", "Good", "Warning", "Attention"] },
    fontType: { enum: ["Default", "Monospace"] },
    size: { enum: ["Default", "Small", "Medium", "Large", "ExtraLarge"] },
    weight: { enum: ["Lighter", "Default", "Bolder"] },
  },
  required: ["type", "text"],
  additionalProperties: false,
};

/** https://adaptivecards.io/explorer/AdaptiveCard.html and RichTextBlock.html */
const card = {
  type: "object",
  properties: {
    $schema: { type: "string", format: "uri" },
    type: { const: "AdaptiveCard" },
    // Teams renders up to 1.5.
    version: { enum: ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5"] },
    body: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        properties: {
          type: { const: "RichTextBlock" },
          inlines: { type: "array", minItems: 1, items: textRun },
        },
        required: ["type", "inlines"],
        additionalProperties: false,
      },
    },
    actions: {
      type: "array",
      // Teams shows no more.
      maxItems: 6,
      items: {
        type: "object",
        properties: {
          type: { const: "Action.OpenUrl" },
          title: { type: "string", minLength: 1 },
          url: { type: "string", minLength: 1, pattern: "^https://" },
        },
        required: ["type", "url"],
        additionalProperties: false,
      },
    },
  },
  required: ["type", "version", "body"],
  additionalProperties: false,
};

/** https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using#send-adaptive-cards-using-an-incoming-webhook */
const check = createCheckJson({
  type: "object",
  properties: {
    type: { const: "message" },
    attachments: {
      type: "array",
      minItems: 1,
      maxItems: 1,
      items: {
        type: "object",
        properties: {
          contentType: { const: "application/vnd.microsoft.card.adaptive" },
          content: card,
        },
        required: ["contentType", "content"],
        additionalProperties: false,
      },
    },
  },
  required: ["type", "attachments"],
  additionalProperties: false,
});

export const TEAMS: Service = {
  name: "a workflow of Teams",
  toReceiver: () => ({ type: "teams", name: "oncall", webhook: HELD }),
  toCredential: (url) => `${url}/workflows/abc/triggers/manual/paths/invoke?sig=xyz`,
  findFaults: (request) => [
    ...findWrongType(request, "application/json"),
    ...check(request.body),
    ...findTooLong(request.body, MESSAGE_MAX_BYTES),
  ],
  accepted: () => ({ status: 202, body: "" }),
};
