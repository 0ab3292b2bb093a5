import * as v from "valibot";
import { RECORD_API_VERSION } from "../remediation.ts";
import { storedMetadataSchema, storedTime as time, type StoredMetadata } from "../stored-object.ts";

/**
 * A move of objects to another cluster: a custom resource in the cluster of the sources, which people create. `infra/crds/moves.yaml` is its
 * schema for the API server.
 */
export const MOVE_KIND = "Move";
export const MOVE_RESOURCE = "moves";

/**
 * - `Planning`: the objects are read, ordered and checked; nothing is changed.
 * - `Waiting`: an object has a block (an annotation); nothing is changed.
 * - `Pausing`: the sources are paused, after the original value was stored; then blocks are looked for once more.
 * - `Creating`: the copies are created in the target, owners first, paused as their sources are.
 * - `Verifying`: both sides are compared.
 * - `Deleting`: the sources are deleted, dependents first. From here on there is no way back.
 * - `Resuming`: the copies are no longer paused.
 * - `Moved`: done.
 * - `RollingBack`: the copies are deleted, dependents first, and then the sources are no longer paused.
 * - `RolledBack`: the sources are as they were.
 */
const MOVE_PHASES = [
  "Planning",
  "Waiting",
  "Pausing",
  "Creating",
  "Verifying",
  "Deleting",
  "Resuming",
  "Moved",
  "RollingBack",
  "RolledBack",
] as const;
export type MovePhase = (typeof MOVE_PHASES)[number];

/** Objects that move: one by its name, or those of a resource. */
export type MoveSelection = {
  /** `configmaps`, `clusters.cluster.x-k8s.io`. */
  readonly resource: string;
  /** Absent for cluster-scoped resources. */
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly labelSelector?: string | undefined;
  /** Also what they own, directly or not. */
  readonly withOwned?: boolean | undefined;
};

/** The place at which objects of a resource are paused: a boolean field, or an annotation, which pauses by being "true". */
export type MovePause = {
  readonly resource: string;
  /** `spec.paused` */
  readonly field?: string | undefined;
  readonly annotation?: string | undefined;
};

/** Time limits, such as `10m`. After one, the move waits for a person, with a named way out. */
export type MoveDeadlines = {
  /** For blocks to be taken away; default 10m. */
  readonly block?: string | undefined;
  /** For a deleted object to be gone; default 10m. */
  readonly gone?: string | undefined;
  /** For a write that is refused or lost to succeed; default 2m. */
  readonly write?: string | undefined;
};

export type MoveSpec = {
  /** By its name in the pipeline, by the uid of its namespace kube-system, or both. */
  readonly target: { readonly cluster?: string | undefined; readonly uid?: string | undefined };
  readonly select: readonly MoveSelection[];
  /** Besides those that are known, see `core/move/pauses.ts`. */
  readonly pause?: readonly MovePause[] | undefined;
  /** Annotations that hold a move up, besides `kubemend.dev/block-move` and Cluster API's. */
  readonly blocks?: readonly string[] | undefined;
  /**
   * Finalizers that are taken off a source after its deletion was accepted, and the target holds the object. `*`: any. Who may execute moves can
   * add to them later.
   */
  readonly removeFinalizers?: readonly string[] | undefined;
  /**
   * Resources whose objects are not moved, because a controller of the target makes them again from their owners; besides those of
   * `core/move/remade.ts`, such as the ReplicaSets of a Deployment.
   */
  readonly remade?: readonly string[] | undefined;
  /** Objects that a moved object owns, and that were not selected, stay without that owner. Default: refused. */
  readonly leaveOwned?: boolean | undefined;
  /** Owners that do not move are left out of the copies. Default: refused. */
  readonly dropOwners?: boolean | undefined;
  /** StatefulSets move whose volumes stay: their copies begin with those that the target has, or with empty ones. Default: refused. */
  readonly leaveData?: boolean | undefined;
  /** Namespaces that the target lacks are created. Default: refused. */
  readonly createNamespaces?: boolean | undefined;
  readonly deadlines?: MoveDeadlines | undefined;
  /** Set by a person: the move is rolled back, if that is possible. */
  readonly abort?: boolean | undefined;
};

/** The reason why a move does not continue by itself, in words. The next run tries again. */
export type MoveProblem = {
  /** `Blocked`, `Unreachable`: for programs. */
  readonly code: string;
  /** `Machine shop/web-1`; absent: the move as a whole. */
  readonly object?: string | undefined;
  /** The step that did not succeed: `delete the source`. */
  readonly step: string;
  /** The event, in a sentence. */
  readonly reason: string;
  /** The things that hold it: a finalizer, a manager of its fields. */
  readonly holds?: string | undefined;
  /** The remedy for a person, with the command that continues. */
  readonly wayOut: string;
  /** Since when (RFC 3339 ms). */
  readonly since: string;
};

/** Numbers of objects, for the progress. */
export type MoveCounts = {
  readonly objects: number;
  readonly levels: number;
  readonly paused?: number | undefined;
  readonly created?: number | undefined;
  readonly verified?: number | undefined;
  readonly gone?: number | undefined;
  readonly resumed?: number | undefined;
  /** Of a rollback: copies that are gone. */
  readonly undone?: number | undefined;
};

/** A reference between an object that moves and one that does not. */
export type LeftReference = {
  /** `Machine shop/web-1` */
  readonly object: string;
  /** `spec.infrastructureRef` */
  readonly field: string;
  /** `Secret shop/token` */
  readonly refersTo: string;
};

export type MoveStatus = {
  readonly phase: MovePhase;
  /** Since when it is in this phase (RFC 3339 ms). */
  readonly since: string;
  readonly startedAt: string;
  readonly finishedAt?: string | undefined;
  /** The clusters as they were found when planning began: a later run that reaches others is refused. */
  readonly source?: { readonly uid: string } | undefined;
  readonly target?: { readonly uid: string } | undefined;
  /** The process that works on it, and until when: two at once do no harm, and waste requests. */
  readonly holder?: { readonly name: string; readonly until: string } | undefined;
  readonly counts?: MoveCounts | undefined;
  readonly current?:
    | {
        readonly object: string;
        readonly doing: string;
        readonly waitsFor?: string | undefined;
        /** Since when others have written the object all the time, if it waits for them. */
        readonly since?: string | undefined;
      }
    | undefined;
  readonly problem?: MoveProblem | undefined;
  /** Other events that a person may want to know: a finalizer that was added again. The newest last. */
  readonly notes?: readonly string[] | undefined;
  /** Written before the first source is deleted. */
  readonly pointOfNoReturnAt?: string | undefined;
  /** Objects were paused on both sides from here to there. */
  readonly pausedAt?: string | undefined;
  readonly resumedAt?: string | undefined;
  /** References to objects that do not move: the first ones, and their number. */
  readonly left?: readonly LeftReference[] | undefined;
  readonly leftCount?: number | undefined;
  /** References of objects that stay to objects that move, in the same way. */
  readonly referrers?: readonly LeftReference[] | undefined;
  readonly referrerCount?: number | undefined;
  /** Resources in which such references were not looked for. */
  readonly unseen?: readonly string[] | undefined;
  /**
   * The run whose plan holds: a random id, which is stored in the phase Planning before the parts of that plan are. A later run of that phase
   * replaces it, so that a plan which was replaced never holds again.
   */
  readonly plan?: string | undefined;
  /** The number of MoveSteps of that plan. */
  readonly chunks?: number | undefined;
};

export type Move = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: StoredMetadata;
  readonly spec: MoveSpec;
  readonly status?: MoveStatus | undefined;
};

/** Whether there is nothing more to do. */
export function isMoveEnded({ status }: Pick<Move, "status">): boolean {
  return status?.phase === "Moved" || status?.phase === "RolledBack";
}

const text = v.pipe(v.string(), v.nonEmpty());
const count = v.pipe(v.number(), v.integer());
const option = v.optional(v.boolean());

const specSchema = v.looseObject({
  target: v.looseObject({ cluster: v.optional(text), uid: v.optional(text) }),
  select: v.array(
    v.looseObject({
      resource: text,
      namespace: v.optional(text),
      name: v.optional(text),
      labelSelector: v.optional(v.string()),
      withOwned: option,
    }),
  ),
  pause: v.optional(
    v.array(
      v.looseObject({ resource: text, field: v.optional(text), annotation: v.optional(text) }),
    ),
  ),
  blocks: v.optional(v.array(text)),
  removeFinalizers: v.optional(v.array(text)),
  remade: v.optional(v.array(text)),
  leaveOwned: option,
  dropOwners: option,
  leaveData: option,
  createNamespaces: option,
  deadlines: v.optional(
    v.looseObject({ block: v.optional(text), gone: v.optional(text), write: v.optional(text) }),
  ),
  abort: option,
});

const references = v.array(
  v.looseObject({ object: v.string(), field: v.string(), refersTo: v.string() }),
);

const statusSchema = v.looseObject({
  phase: v.picklist(MOVE_PHASES),
  since: time,
  startedAt: time,
  finishedAt: v.optional(time),
  source: v.optional(v.looseObject({ uid: text })),
  target: v.optional(v.looseObject({ uid: text })),
  holder: v.optional(v.looseObject({ name: text, until: time })),
  counts: v.optional(
    v.looseObject({
      objects: count,
      levels: count,
      paused: v.optional(count),
      created: v.optional(count),
      verified: v.optional(count),
      gone: v.optional(count),
      resumed: v.optional(count),
      undone: v.optional(count),
    }),
  ),
  current: v.optional(
    v.looseObject({
      object: v.string(),
      doing: v.string(),
      waitsFor: v.optional(v.string()),
      since: v.optional(time),
    }),
  ),
  problem: v.optional(
    v.looseObject({
      code: text,
      object: v.optional(v.string()),
      step: v.string(),
      reason: v.string(),
      holds: v.optional(v.string()),
      wayOut: v.string(),
      since: time,
    }),
  ),
  notes: v.optional(v.array(v.string())),
  pointOfNoReturnAt: v.optional(time),
  pausedAt: v.optional(time),
  resumedAt: v.optional(time),
  left: v.optional(references),
  leftCount: v.optional(count),
  referrers: v.optional(references),
  referrerCount: v.optional(count),
  unseen: v.optional(v.array(v.string())),
  plan: v.optional(text),
  chunks: v.optional(count),
});

/** The fields that a reader relies on. The structural schema of the CRD validates the rest. */
export const moveSchema: v.GenericSchema<unknown, Move> = v.looseObject({
  apiVersion: v.literal(RECORD_API_VERSION),
  kind: v.literal(MOVE_KIND),
  metadata: storedMetadataSchema,
  spec: specSchema,
  status: v.optional(statusSchema),
});
