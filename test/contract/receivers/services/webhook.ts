import { createHmac } from "node:crypto";
import type { ReceivedRequest } from "../../../support/receiver-server.ts";
import { createCheckJson } from "../check-json.ts";
import { findWrongType, HELD, type Service } from "../service.ts";

const KEY = Buffer.from("a key of thirty-two bytes, 32 in");

/** CloudEvents 1.0 in JSON: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md */
const check = createCheckJson({
  type: "object",
  properties: {
    specversion: { const: "1.0" },
    id: { type: "string", minLength: 1 },
    source: { type: "string", minLength: 1, format: "uri-reference" },
    type: { type: "string", minLength: 1 },
    subject: { type: "string", minLength: 1 },
    time: { type: "string", format: "date-time" },
    dataschema: { type: "string", minLength: 1, format: "uri" },
    datacontenttype: { type: "string", minLength: 1 },
    data: {},
  },
  required: ["specversion", "id", "source", "type"],
  // Extension attributes.
  propertyNames: { pattern: "^[a-z0-9]+$" },
  additionalProperties: { type: ["string", "boolean", "integer"] },
});

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
function findForgery({ headers, body }: ReceivedRequest): readonly string[] {
  const id = String(headers["webhook-id"] ?? "");
  const timestamp = String(headers["webhook-timestamp"] ?? "");
  const expected = createHmac("sha256", KEY).update(`${id}.${timestamp}.${body}`).digest("base64");
  return [
    ...(/^[^.\s]+$/.test(id) ? [] : [`has the webhook-id ${id}`]),
    ...(/^\d{10}$/.test(timestamp) ? [] : [`has the webhook-timestamp ${timestamp}`]),
    ...(headers["webhook-signature"] === `v1,${expected}` ? [] : ["has another signature"]),
  ];
}

export const WEBHOOK: Service = {
  name: "a webhook for CloudEvents",
  toReceiver: (url) => ({ type: "webhook", name: "oncall", url: `${url}/hook`, signingKey: HELD }),
  toCredential: () => `whsec_${KEY.toString("base64")}`,
  findFaults: (request) => [
    ...findWrongType(request, "application/cloudevents+json"),
    ...check(request.body),
    ...findForgery(request),
  ],
  accepted: () => ({ status: 204 }),
};
