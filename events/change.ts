import * as v from "valibot";
import { groupName, namespaceName, objectName, resourceName, versionName } from "./address.ts";
import { CHANGE_KINDS, type ChangeKind } from "./ids.ts";
import { CHANGE_MAX_VALUES } from "./json-values.ts";
import { checkMessage, parseMessage, type Parsed } from "./contract.ts";

/** Contract of `changes.fifo`: fields are only added, and unknown ones are ignored. Readers accept contract N and N-1. */
export const CHANGE_CONTRACT = 1;
export const CHANGE_SCHEMA_URN: string = `urn:kubemend:change:${CHANGE_CONTRACT}`;

/** An object in a message. It always has apiVersion, kind, and metadata with name and uid (and namespace); everything else is as in the cluster. */
export type KubernetesObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly namespace?: string | undefined;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
};

/** A served resource. `resource` is the plural name; `group` is "" for the core group. */
export type ResourceType = {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
};

/** Whether the compared fields of an object differ from those of the state that was accepted last. */
export const CHANGED_ANSWERS = ["yes", "no", "unknown"] as const;
export type ChangedAnswer = (typeof CHANGED_ANSWERS)[number];

export type ChangeData = {
  readonly cluster: { readonly name: string; readonly uid: string };
  /** The watch key: a rule sees only messages of its own watch. */
  readonly watch: string;
  /** Digest of the relay's whole pipeline. The functions may have another one during an upgrade, which they report. */
  readonly pipeline: string;
  /** Digest of each rule that is bound to this watch. */
  readonly rules: Readonly<Record<string, string>>;
  readonly resource: ResourceType;
  readonly change: ChangeKind;
  /** Set on the objects of a first snapshot (initial objects): only these rules may match. */
  readonly initial?: readonly string[] | undefined;
  /** Found by comparing two states, not seen on the stream: intermediate states may be missing. */
  readonly gap?: boolean | undefined;
  /** Of a deletion: it replaced a state of the object that was never sent. `object` is the last state, unless it was found by comparing. */
  readonly unsent?: boolean | undefined;
  /**
   * By id of the rules with `on.changed`: whether these fields differ from the state of the object that the queue accepted before. The
   * relay compares them before redaction; no value is in the message. Absent = unknown.
   */
  readonly changed?: Readonly<Record<string, ChangedAnswer>> | undefined;
  readonly resourceVersion: string;
  readonly epoch: number;
  readonly namespaceLabels?: Readonly<Record<string, string>> | undefined;
  /** Manager of the newest managedFields entry: a hint, never authority. */
  readonly writer?: string | undefined;
  /** Paths whose values were removed before sending. */
  readonly redacted?: readonly string[] | undefined;
  /** The message has only metadata: the consumer reads the object from the cluster. */
  readonly truncated?: boolean | undefined;
  /** Why the object is truncated. */
  readonly reason?: string | undefined;
  /** `metadata`: the watch reads only apiVersion, kind and metadata of its objects. Absent = whole objects. */
  readonly payload?: string | undefined;
  readonly object: KubernetesObject;
};

/** A change as a CloudEvent in structured JSON: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md */
export type ChangeMessage = {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: `dev.kubemend.object.${ChangeKind}`;
  readonly subject: string;
  /** RFC 3339 with milliseconds: when the relay read the change off the socket. */
  readonly time: string;
  readonly dataschema: string;
  readonly datacontenttype?: string | undefined;
  /** W3C trace context: https://www.w3.org/TR/trace-context/ */
  readonly traceparent: string;
  readonly data: ChangeData;
};

/** A change whose `data` is compressed with gzip and encoded in base64. */
export type PackedChangeMessage = Omit<ChangeMessage, "data"> & {
  readonly datacontentencoding: "gzip";
  readonly data_base64: string;
};

const text = v.pipe(v.string(), v.nonEmpty());
/** A pipeline has a few hundred rules and redacted paths at most. */
const LIST_MAX_LENGTH = 10_000;
const texts = v.pipe(v.array(v.string()), v.maxLength(LIST_MAX_LENGTH));

/** One check of the whole map, because a message has an entry for each rule of its watch. */
const textMap = v.custom<Readonly<Record<string, string>>>(
  (value) =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((item) => typeof item === "string"),
  "expected a map of texts",
);

const objectSchema = v.looseObject({
  apiVersion: text,
  kind: text,
  metadata: v.looseObject({ name: objectName, uid: text, namespace: v.optional(namespaceName) }),
});

const dataSchema = v.looseObject({
  cluster: v.looseObject({ name: text, uid: text }),
  watch: text,
  pipeline: text,
  rules: textMap,
  resource: v.looseObject({
    group: groupName,
    version: versionName,
    resource: resourceName,
    kind: text,
    namespaced: v.boolean(),
  }),
  change: v.picklist(CHANGE_KINDS),
  initial: v.optional(texts),
  gap: v.optional(v.boolean()),
  unsent: v.optional(v.boolean()),
  changed: v.optional(v.record(v.string(), v.picklist(CHANGED_ANSWERS))),
  resourceVersion: v.string(),
  epoch: v.pipe(v.number(), v.integer(), v.minValue(0)),
  namespaceLabels: v.optional(textMap),
  writer: v.optional(v.string()),
  redacted: v.optional(texts),
  truncated: v.optional(v.boolean()),
  reason: v.optional(v.string()),
  payload: v.optional(v.string()),
  object: objectSchema,
});

const envelope = {
  specversion: v.literal("1.0"),
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "expected 64 hex digits")),
  source: v.pipe(v.string(), v.startsWith("/clusters/")),
  type: v.picklist([
    "dev.kubemend.object.added",
    "dev.kubemend.object.modified",
    "dev.kubemend.object.deleted",
    "dev.kubemend.object.left",
  ]),
  subject: text,
  time: v.pipe(v.string(), v.isoTimestamp()),
  dataschema: v.pipe(v.string(), v.startsWith("urn:kubemend:change:")),
  datacontenttype: v.optional(v.string()),
  traceparent: text,
};

/** With `data` uncompressed. */
export const changeMessageSchema: v.GenericSchema<unknown, ChangeMessage> = v.looseObject({
  ...envelope,
  data: dataSchema,
});

/** For messages over the size limit of SQS: `data_base64` is the gzipped JSON of `data`. Adapters unpack it, with a limit, as it can be a decompression bomb. */
export const packedChangeMessageSchema: v.GenericSchema<unknown, PackedChangeMessage> =
  v.looseObject({
    ...envelope,
    datacontentencoding: v.literal("gzip"),
    data_base64: text,
  });

/** Reads a change whose `data` is uncompressed; never throws. A packed one is unpacked first, see `adapters/sqs/packed-data.ts`. */
export function parseChangeMessage(body: string): Parsed<ChangeMessage> {
  return checkType(
    parseMessage(body, "change", CHANGE_CONTRACT, changeMessageSchema, CHANGE_MAX_VALUES),
  );
}

/** The same, for a message whose JSON was read already. */
export function checkChangeMessage(json: unknown): Parsed<ChangeMessage> {
  return checkType(checkMessage(json, "change", CHANGE_CONTRACT, changeMessageSchema));
}

function checkType(parsed: Parsed<ChangeMessage>): Parsed<ChangeMessage> {
  if (parsed.outcome === "refused") return parsed;
  const { type, data } = parsed.value;
  if (type === `dev.kubemend.object.${data.change}`) return parsed;
  const reason = `type ${type} and data.change ${data.change} contradict each other`;
  return { outcome: "refused", code: "malformed", reason };
}
