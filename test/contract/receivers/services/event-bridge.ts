import { createCheckJson } from "../check-json.ts";
import { findWrongType, type Service } from "../service.ts";

const ENTRY_MAX_BYTES = 256 * 1024;
const TIME_BYTES = 14;

const text = { type: "string", minLength: 1, maxLength: 128 };

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html */
const check = createCheckJson({
  type: "object",
  properties: {
    Entries: {
      type: "array",
      minItems: 1,
      maxItems: 10,
      items: {
        type: "object",
        properties: {
          Source: { ...text, pattern: "^(?!aws\\.)" },
          DetailType: text,
          Detail: { type: "string", minLength: 2 },
          EventBusName: { type: "string", minLength: 1, maxLength: 1_600 },
          Resources: { type: "array", items: { type: "string", maxLength: 2_048 } },
          Time: { type: "number" },
        },
        required: ["Source", "DetailType", "Detail"],
        additionalProperties: false,
      },
    },
  },
  required: ["Entries"],
  additionalProperties: false,
});

type Entry = {
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
  readonly Resources?: readonly string[];
};

/** Finds the faults of an entry. Its size: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
function findEntryFaults({ Source, DetailType, Detail, Resources = [] }: Entry): readonly string[] {
  const texts = [Source, DetailType, Detail, ...Resources];
  const bytes = texts.reduce((sum, part) => sum + Buffer.byteLength(part), TIME_BYTES);
  const detail = JSON.parse(Detail) as unknown;
  const isObject = typeof detail === "object" && detail !== null && !Array.isArray(detail);
  return [
    ...(bytes <= ENTRY_MAX_BYTES ? [] : [`an entry has ${bytes} bytes`]),
    ...(isObject ? [] : ["a detail is no object"]),
  ];
}

export const EVENT_BRIDGE: Service = {
  name: "EventBridge PutEvents",
  toReceiver: () => ({ type: "eventBridge", name: "oncall", bus: "default" }),
  toCredential: () => "",
  findFaults: (request) => {
    const faults = [
      ...findWrongType(request, "application/x-amz-json-1.1"),
      ...(request.headers["x-amz-target"] === "AWSEvents.PutEvents" ? [] : ["is no PutEvents"]),
      ...check(request.body),
    ];
    if (faults.length > 0) return faults;
    const { Entries } = JSON.parse(request.body) as { readonly Entries: readonly Entry[] };
    return Entries.flatMap(findEntryFaults);
  },
  accepted: () => ({
    headers: { "content-type": "application/x-amz-json-1.1" },
    body: JSON.stringify({ FailedEntryCount: 0, Entries: [{ EventId: "1" }] }),
  }),
};
