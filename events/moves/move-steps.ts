import * as v from "valibot";
import { RECORD_API_VERSION } from "../remediation.ts";
import { storedMetadataSchema, type StoredMetadata } from "../stored-object.ts";

/**
 * The objects of a Move, in parts that etcd can hold: a custom resource beside the Move, which owns it. `infra/crds/move-steps.yaml` is its
 * schema for the API server.
 */
export const MOVE_STEPS_KIND = "MoveSteps";
export const MOVE_STEPS_RESOURCE = "movesteps";

/** A label of each part: the uid of its Move. */
export const MOVE_LABEL = "kubemend.dev/move";

/** The largest part, as JSON. */
export const MOVE_STEPS_MAX_BYTES = 100_000;

/** The progress of an object. It saves requests; the next step is decided by the live objects. */
const MOVED_STATES = ["Planned", "Paused", "Created"] as const;
type MovedState = (typeof MOVED_STATES)[number];

/** The pause of a source, and the value before it, which is stored before the pause is written. */
export type StoredPause = {
  readonly field?: string | undefined;
  readonly annotation?: string | undefined;
  /** The value before the move, as JSON; absent: there was none. */
  readonly before?: string | undefined;
  /** The number of fields around the place that the source did not have: they came with the pause, and go with it. */
  readonly parentsMade?: number | undefined;
};

/** One object of a move: the values that cannot be read from the clusters again. */
export type MovedObject = {
  readonly group: string;
  /** The version that both clusters serve. */
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  /** Absent if cluster-scoped. */
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly uid: string;
  /** 0 for objects without an owner in the move; else one more than the highest of its owners. */
  readonly level: number;
  /** The uids of its owners that move, too. */
  readonly owners?: readonly string[] | undefined;
  /** It owns objects that stay: they lose this owner, and are not deleted with it. */
  readonly leavesOwned?: true | undefined;
  /** Its status is a field as any other, because neither cluster has a subresource for it. */
  readonly movesStatus?: true | undefined;
  /** Absent: it cannot be paused. `before` is written when the move pauses. */
  readonly pause?: StoredPause | undefined;
  /** As they were when the move was planned. */
  readonly finalizers?: readonly string[] | undefined;
  /** A random value that its copy has, by which the move knows it. Nobody in the target can know it before the copy is there. */
  readonly mark?: string | undefined;
  readonly targetUid?: string | undefined;
  /** Written before the deletion of its source is sent: a source that is gone without it was deleted by somebody else. */
  readonly deletionSent?: true | undefined;
  readonly state: MovedState;
};

type MoveStepsSpec = {
  readonly move: { readonly name: string; readonly uid: string };
  /** The run that has planned it: the parts that count are those of the Move's `status.plan`. */
  readonly plan: string;
  /** From 1. */
  readonly index: number;
  readonly objects: readonly MovedObject[];
};

export type MoveSteps = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: StoredMetadata;
  readonly spec: MoveStepsSpec;
};

export function toMoveStepsName(move: string, plan: string, index: number): string {
  return `${move}.${plan}.${index}`;
}

const text = v.pipe(v.string(), v.nonEmpty());
const count = v.pipe(v.number(), v.integer());

const movedObjectSchema: v.GenericSchema<unknown, MovedObject> = v.looseObject({
  // The core group is left out.
  group: v.optional(v.string(), ""),
  version: text,
  resource: text,
  kind: text,
  namespace: v.optional(text),
  name: text,
  uid: text,
  level: count,
  owners: v.optional(v.array(text)),
  leavesOwned: v.optional(v.literal(true)),
  movesStatus: v.optional(v.literal(true)),
  pause: v.optional(
    v.looseObject({
      field: v.optional(text),
      annotation: v.optional(text),
      before: v.optional(v.string()),
      parentsMade: v.optional(count),
    }),
  ),
  finalizers: v.optional(v.array(text)),
  mark: v.optional(text),
  targetUid: v.optional(text),
  deletionSent: v.optional(v.literal(true)),
  state: v.picklist(MOVED_STATES),
});

/** The fields that a reader relies on. */
export const moveStepsSchema: v.GenericSchema<unknown, MoveSteps> = v.looseObject({
  apiVersion: v.literal(RECORD_API_VERSION),
  kind: v.literal(MOVE_STEPS_KIND),
  metadata: storedMetadataSchema,
  spec: v.looseObject({
    move: v.looseObject({ name: text, uid: text }),
    plan: text,
    index: count,
    objects: v.array(movedObjectSchema),
  }),
});
