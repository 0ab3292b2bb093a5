import * as v from "valibot";
import { groupName, namespaceName, objectName, resourceName, versionName } from "./address.ts";
import type { ResourceType } from "./change.ts";
import { parseMessage, type Parsed } from "./contract.ts";
import { CHANGE_KINDS, type ChangeKind } from "./ids.ts";

/**
 * Contract of `transfers.fifo`: make one object of a mirror rule equal in one target cluster, or compare all of them, or work on a Move. A
 * message carries identities only: its receiver reads source and target live, so that its order, its age and its sender cannot bring about
 * anything that the rule, or the Move, would not.
 */
export const TRANSFER_CONTRACT = 1;
export const TRANSFER_SCHEMA_URN: string = `urn:kubemend:transfer:${TRANSFER_CONTRACT}`;

/** An object in the source cluster, as the sender saw it last. */
export type MirroredObject = ResourceType & {
  readonly namespace: string | null;
  readonly name: string;
  readonly uid: string;
  /** Of the state that was seen; "" if none was, as of a copy whose source is gone. */
  readonly resourceVersion: string;
};

/** The change because of which the object is looked at, in short: for logs, and to measure how long it took. */
export type MirroredChange = {
  readonly id: string;
  readonly kind: ChangeKind;
  /** When the relay read it: RFC 3339 ms. */
  readonly time: string;
  readonly gap?: boolean | undefined;
};

/** The comparison that begins or continues. Its progress is stored in the Mirror. */
type CompareRequest = {
  /** When it began: RFC 3339 ms. It stays the same in the messages that continue it. */
  readonly started: string;
};

type Common = {
  /** The cluster of the source objects. */
  readonly cluster: { readonly name: string; readonly uid: string };
  /** A name of the pipeline's `clusters`. */
  readonly target: { readonly name: string };
  readonly rule: { readonly id: string; readonly digest: string };
  /** Digest of the pipeline by which the sender decided. */
  readonly pipeline: string;
};

export type TransferData = Common &
  (
    | {
        /** An object of the rule's watch has changed. */
        readonly reason: "change";
        readonly change: MirroredChange;
        readonly object: MirroredObject;
        readonly compare?: undefined;
      }
    | {
        /** A comparison found that the object differs. */
        readonly reason: "comparison";
        readonly change?: undefined;
        readonly object: MirroredObject;
        readonly compare?: undefined;
      }
    | {
        /** All objects of the rule are to be compared with their copies. */
        readonly reason: "compare";
        readonly change?: undefined;
        readonly object?: undefined;
        readonly compare: CompareRequest;
      }
  );

/** A Move that has not ended. Its target and its objects are in the Move itself. */
export type MoveTransferData = {
  /** The cluster of the Move and of its sources. */
  readonly cluster: { readonly name: string; readonly uid: string };
  readonly reason: "move";
  readonly move: { readonly name: string; readonly uid: string };
};

type Message<Data> = {
  readonly specversion: "1.0";
  readonly id: string;
  /** `/clusters/<cluster uid>/rules/<rule id>`, or `/clusters/<cluster uid>/moves/<name>` */
  readonly source: string;
  readonly type: "dev.kubemend.transfer.requested";
  /** API path of the object; of a comparison `/<rule id>/<target>`; of a Move its name. */
  readonly subject: string;
  readonly time: string;
  readonly dataschema: string;
  readonly traceparent: string;
  readonly data: Data;
};

/** A message about a mirror. */
export type TransferMessage = Message<TransferData>;

/** A message about a Move. */
export type MoveMessage = Message<MoveTransferData>;

const text = v.pipe(v.string(), v.nonEmpty());
const time = v.pipe(v.string(), v.isoTimestamp());

const objectSchema: v.GenericSchema<unknown, MirroredObject> = v.looseObject({
  group: groupName,
  version: versionName,
  resource: resourceName,
  kind: text,
  namespaced: v.boolean(),
  namespace: v.nullable(namespaceName),
  name: objectName,
  uid: text,
  resourceVersion: v.string(),
});

const changeSchema: v.GenericSchema<unknown, MirroredChange> = v.looseObject({
  id: text,
  kind: v.picklist(CHANGE_KINDS),
  time,
  gap: v.optional(v.boolean()),
});

const compareSchema: v.GenericSchema<unknown, CompareRequest> = v.looseObject({ started: time });

const common = {
  cluster: v.looseObject({ name: text, uid: text }),
  target: v.looseObject({ name: text }),
  rule: v.looseObject({ id: text, digest: text }),
  pipeline: text,
};
const absent = v.optional(v.undefined());

const dataSchema: v.GenericSchema<unknown, TransferData | MoveTransferData> = v.variant("reason", [
  v.looseObject({
    ...common,
    reason: v.literal("change"),
    change: changeSchema,
    object: objectSchema,
    compare: absent,
  }),
  v.looseObject({
    ...common,
    reason: v.literal("comparison"),
    change: absent,
    object: objectSchema,
    compare: absent,
  }),
  v.looseObject({
    ...common,
    reason: v.literal("compare"),
    change: absent,
    object: absent,
    compare: compareSchema,
  }),
  v.looseObject({
    cluster: common.cluster,
    reason: v.literal("move"),
    move: v.looseObject({ name: objectName, uid: text }),
  }),
]);

const transferMessageSchema: v.GenericSchema<
  unknown,
  Message<TransferData | MoveTransferData>
> = v.looseObject({
  specversion: v.literal("1.0"),
  id: text,
  source: v.pipe(v.string(), v.startsWith("/clusters/")),
  type: v.literal("dev.kubemend.transfer.requested"),
  subject: text,
  time,
  dataschema: v.pipe(v.string(), v.startsWith("urn:kubemend:transfer:")),
  traceparent: text,
  data: dataSchema,
});

/** Reads a message of `transfers.fifo`; never throws. */
export function parseTransferMessage(body: string): Parsed<TransferMessage | MoveMessage> {
  const parsed = parseMessage(body, "transfer", TRANSFER_CONTRACT, transferMessageSchema);
  if (parsed.outcome === "refused") return parsed;
  const { data, ...envelope } = parsed.value;
  const value = data.reason === "move" ? { ...envelope, data } : { ...envelope, data };
  return { outcome: "parsed", value };
}

/** Whether a message is about a Move. */
export function isMoveMessage(message: TransferMessage | MoveMessage): message is MoveMessage {
  return message.data.reason === "move";
}
