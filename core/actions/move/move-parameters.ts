import * as v from "valibot";
import type { MoveSpec } from "../../../events/moves/move.ts";
import { durationSchema } from "../contract/duration-schema.ts";
import { anyResource, targetSchema, type TargetParameter } from "../contract/target.ts";

/**
 * Objects that move together with the target, in its namespace. There are no expressions in it: a text of the trigger could select whatever
 * its author likes.
 */
export type MovedBeside = {
  readonly resource: string;
  readonly name?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly withOwned?: boolean | undefined;
};

/** The parameters of the action `move`; the others are the fields of a Move, see `events/moves/move.ts`. */
export type MoveParameters = {
  readonly target: TargetParameter;
  /** A name of the pipeline's `clusters`. */
  readonly to: string;
  /** Also what the target owns, directly or not. */
  readonly withOwned: boolean;
  readonly also: readonly MovedBeside[];
} & Pick<
  MoveSpec,
  | "pause"
  | "blocks"
  | "removeFinalizers"
  | "remade"
  | "leaveOwned"
  | "dropOwners"
  | "leaveData"
  | "createNamespaces"
  | "deadlines"
>;

/** The resources that a target may have: any. */
export const MOVE_TARGETS = { kinds: {}, others: true } as const;

/** With the target there are at most 20 selections in a Move. */
const ALSO_MAX = 19;
const ENTRIES_MAX = 20;
const NAME_MAX = 317;

const option = v.optional(v.boolean("expected true or false"));
const key = v.pipe(
  v.string("expected a name"),
  v.nonEmpty("is empty: leave it out"),
  v.maxLength(NAME_MAX, `has more than ${NAME_MAX} characters`),
);

function listOf<T>(item: v.GenericSchema<unknown, T>, what: string) {
  return v.optional(
    v.pipe(
      v.array(item, `expected a list of ${what}`),
      v.maxLength(ENTRIES_MAX, `has more than ${ENTRIES_MAX} ${what}`),
    ),
  );
}

const beside = v.pipe(
  v.strictObject({
    resource: anyResource,
    name: v.optional(key),
    labelSelector: v.optional(key),
    withOwned: option,
  }),
  v.check(
    ({ name, labelSelector }) => (name === undefined) !== (labelSelector === undefined),
    "expected either a name or a labelSelector",
  ),
);

const pause = v.pipe(
  v.strictObject({
    resource: anyResource,
    field: v.optional(key),
    annotation: v.optional(key),
  }),
  v.check(
    ({ field, annotation }) => (field === undefined) !== (annotation === undefined),
    "expected either a field, such as spec.paused, or an annotation",
  ),
);

const HERE =
  "a Move begins in the cluster of the trigger: leave cluster out, and name the cluster whose changes the rule takes in on.clusters";

export const moveSchema: v.GenericSchema<unknown, MoveParameters> = v.strictObject({
  target: v.pipe(
    targetSchema(MOVE_TARGETS),
    v.check((target) => typeof target === "string" || !Object.hasOwn(target, "cluster"), HERE),
  ),
  to: v.pipe(v.string("expected the name of a cluster"), v.nonEmpty("is empty")),
  withOwned: v.optional(v.boolean("expected true or false"), false),
  also: v.optional(
    v.pipe(
      v.array(beside, "expected a list of { resource, name or labelSelector }"),
      v.maxLength(ALSO_MAX, `has more than ${ALSO_MAX} selections`),
    ),
    [],
  ),
  pause: listOf(pause, "places"),
  blocks: listOf(key, "annotations"),
  removeFinalizers: listOf(key, "finalizers"),
  remade: listOf(anyResource, "resources"),
  leaveOwned: option,
  dropOwners: option,
  leaveData: option,
  createNamespaces: option,
  deadlines: v.optional(
    v.strictObject({
      block: v.optional(durationSchema),
      gone: v.optional(durationSchema),
      write: v.optional(durationSchema),
    }),
  ),
});
