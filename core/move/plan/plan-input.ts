import type { ResourceType } from "../../../events/change.ts";
import type { LeftReference, MoveSelection } from "../../../events/moves/move.ts";
import type { ErrorCode } from "../../errors.ts";
import type { DroppedField } from "./dropped-fields.ts";
import type { RunningJob } from "../blocks.ts";
import type { SetObject } from "../set-object.ts";

/** The objects that were selected, and the other objects that have an owner. */
export type SetReads = {
  /** Each once. */
  readonly objects: readonly SetObject[];
  /** By uid. */
  readonly selected: ReadonlySet<string>;
  readonly withOwned: ReadonlySet<string>;
  /** Objects that a selection without a name matches, and that each cluster has of its own. */
  readonly leftOut: readonly SetObject[];
  /** Selections of what the cluster does not serve, and those that match nothing. */
  readonly unserved: readonly { readonly selection: MoveSelection; readonly meant?: string }[];
  readonly unmatched: readonly MoveSelection[];
  /** Selections that the user may not list. */
  readonly denied?: readonly MoveSelection[] | undefined;
  /** Resources whose objects could not be listed: it is unknown whether a moved object owns any of them. */
  readonly unread: readonly UnreadResource[];
  /** Objects that were not selected and that no controller has made: they may refer to those that move. */
  readonly others: readonly OtherObjects[];
  /** Objects that were not selected, have no owner, and may belong to one that moves by a label or their name. */
  readonly related: readonly SetObject[];
};

/** Objects of one resource in one namespace; null: in all of them, or cluster-scoped. */
export type OtherObjects = {
  readonly type: ResourceType;
  readonly namespace: string | null;
  readonly uids: readonly string[];
  /** Objects of that resource and namespace, those that a controller has made included. */
  readonly total: number;
};

/** A resource that could not be listed, with the answer of the API server. */
export type UnreadResource = {
  readonly resource: string;
  /** Absent, or null: of the whole cluster. */
  readonly namespace?: string | null | undefined;
  readonly reason: string;
  readonly code: ErrorCode;
};

/** A resource whose objects were not looked at. */
export type UnseenResource = { readonly resource: string; readonly reason: string };

/** The facts about an object that are known only after it was read as a whole. */
export type WholeFacts = {
  readonly left: readonly LeftReference[];
  /** The labels of its Pods, if it is one or makes some. */
  readonly podLabels?: Readonly<Record<string, string>> | undefined;
  /** Values that somebody has chosen and that its copy does not have. */
  readonly dropped?: readonly DroppedField[] | undefined;
  /** The claims of volumes that each of its Pods has; they stay. */
  readonly claims?: readonly LeftReference[] | undefined;
  /** Why it means something only in its own cluster. */
  readonly bond?: string | undefined;
  /** Why the place that pauses it cannot be written. */
  readonly pauseFault?: string | undefined;
};

/** The version of a resource that both clusters serve, or why there is none. */
export type ChosenVersion =
  | {
      readonly ok: true;
      readonly value: ResourceType;
      /** The status is a field as any other in both clusters, so it moves. */
      readonly movesStatus?: true | undefined;
    }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } };

/** The object at a place in the target. */
export type TakenPlace = {
  /** Annotation `kubemend.dev/moved-uid`: the object that was moved there. */
  readonly movedUid?: string | undefined;
  readonly isTerminating: boolean;
};

export type NamespaceState = "there" | "missing" | "terminating";

export type MissingRight = {
  readonly side: "source" | "target";
  readonly verb: string;
  readonly resource: string;
  readonly namespace: string | null;
};

/** The answers of both clusters about the objects of the set. */
export type PlanReads = {
  /** By uid. */
  readonly wholes: ReadonlyMap<string, WholeFacts>;
  /** References of objects that stay to objects that move. */
  readonly referrers: readonly LeftReference[];
  /** Resources in which such references were not looked for, and why. */
  readonly unseen: readonly UnseenResource[];
  /** Jobs that have not ended, of CronJobs that move. */
  readonly running: readonly RunningJob[];
  /** By resource name: `jobs.batch`. */
  readonly versions: ReadonlyMap<string, ChosenVersion>;
  /** By the uid of the source. */
  readonly taken: ReadonlyMap<string, TakenPlace>;
  /** Of the target. */
  readonly namespaces: ReadonlyMap<string, NamespaceState>;
  readonly missingRights: readonly MissingRight[];
  /** The name of another Move that has the object, by uid. */
  readonly otherMoves: ReadonlyMap<string, string>;
};
