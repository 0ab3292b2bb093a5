import { createCheckJson } from "../check-json.ts";
import { findTooLong, findWrongType, HELD, type Service } from "../service.ts";

const EVENT_MAX_BYTES = 512 * 1024;
const KEY = "0123456789abcdef0123456789abcdef";

const text = { type: "string", minLength: 1 };

/** Events API v2: https://developer.pagerduty.com/docs/send-alert-event */
const check = createCheckJson({
  type: "object",
  properties: {
    routing_key: { type: "string", minLength: 32, maxLength: 32 },
    event_action: { enum: ["trigger", "acknowledge", "resolve"] },
    dedup_key: { type: "string", minLength: 1, maxLength: 255 },
    client: text,
    client_url: { type: "string", format: "uri" },
    links: {
      type: "array",
      items: {
        type: "object",
        properties: { href: { type: "string", pattern: "^https?://" }, text },
        required: ["href"],
        additionalProperties: false,
      },
    },
    payload: {
      type: "object",
      properties: {
        summary: { type: "string", minLength: 1, maxLength: 1_024 },
        source: text,
        severity: { enum: ["critical", "error", "warning", "info"] },
        timestamp: { type: "string", format: "date-time" },
        component: text,
        group: text,
        class: text,
        custom_details: { type: "object" },
      },
      required: ["summary", "source", "severity"],
      additionalProperties: false,
    },
  },
  required: ["routing_key", "event_action"],
  additionalProperties: false,
  if: { properties: { event_action: { const: "trigger" } } },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: { required: ["payload"] },
  else: { required: ["dedup_key"] },
});

export const PAGERDUTY: Service = {
  name: "PagerDuty's Events API",
  toReceiver: (url) => ({ type: "pagerduty", name: "oncall", routingKey: HELD, api: url }),
  toCredential: () => KEY,
  findFaults: (request) => [
    ...findWrongType(request, "application/json"),
    ...(request.path === "/v2/enqueue" ? [] : [`goes to ${request.path}`]),
    ...check(request.body),
    ...findTooLong(request.body, EVENT_MAX_BYTES),
  ],
  accepted: () => ({
    status: 202,
    body: JSON.stringify({ status: "success", message: "Event processed", dedup_key: "x" }),
  }),
};
