import type { KubernetesObject } from "../../events/change.ts";
import type { MirrorParameters } from "../actions/mirror/mirror-parameters.ts";
import type { Difference } from "./find-drift.ts";
import type { Desired, Place, Refusal } from "./manifest.ts";

/** The source as it is now, see `judge-source.ts`. */
export type SourceState =
  | {
      readonly outcome: "mirrored";
      readonly uid: string;
      readonly desired: Desired;
      /** Whether it has run, and a copy that is created would run again, see `hasEnded`. */
      readonly hasEnded?: boolean;
    }
  /** There is no such object. */
  | { readonly outcome: "gone" }
  /** There is one, which the rule does not mirror. */
  | {
      readonly outcome: "left";
      readonly reason: string;
      /** Uid of the cluster of which it is a copy itself; absent if it is none. */
      readonly origin?: string | undefined;
    }
  /** The rule covers it and does not mirror it; a copy that it has stays as it is. */
  | {
      readonly outcome: "untouched";
      readonly reason: string;
      /** An owner does not want it to be copied. */
      readonly isOptedOut?: true;
    }
  /** It is not known what its copy is to be: nothing is written, nor deleted. */
  | ({ readonly outcome: "refused" } & Refusal);

export type MirrorState = {
  readonly rule: { readonly id: string };
  readonly mirror: Pick<MirrorParameters, "conflict" | "delete" | "left" | "drift" | "isMutual">;
  /** The namespace of the records of those that decide; absent if it is not known. */
  readonly installation?: string | undefined;
  /** Uid of the cluster of the source. */
  readonly clusterUid: string;
  /** Uid of the cluster of the copy. */
  readonly targetUid: string;
  /** Whether the rule copies the target's object to the place of the source, too, see `isCopiedBack`. */
  readonly isCopiedBack: boolean;
  /** Of the source. */
  readonly place: Place;
  readonly source: SourceState;
  /** The object at the copy's place, read before the source was; null if there is none. */
  readonly target: KubernetesObject | null;
  /** Ids of the other rules of the pipeline that keep a copy of this source at this place, see `keeping-rules.ts`. */
  readonly otherRules: Pick<ReadonlySet<string>, "has">;
};

/** The target's object as it was read: a write is refused if it is another one, or has changed, by then. */
export type Precondition = { readonly uid: string; readonly resourceVersion: string };

export type MirrorDecision =
  /** Only if there is nothing at its place. */
  | { readonly outcome: "create"; readonly desired: Desired }
  | {
      readonly outcome: "update";
      readonly desired: Desired;
      readonly precondition: Precondition;
      /** Which of the two differ from what they are to be. */
      readonly writes: { readonly object: boolean; readonly status: boolean };
      /** Whether fields that others have written are taken over. If not, `desired` has these fields as they are. */
      readonly force: boolean;
      readonly differences: readonly Difference[];
      /** `changed`: the source or the rule is newer than the copy. `drift`: somebody changed the copy. `adopt`: it was not ours. */
      readonly why: "changed" | "drift" | "adopt";
      /** Whether the copy may be deleted and created if a field cannot be changed. */
      readonly mayReplace: boolean;
    }
  | {
      readonly outcome: "delete";
      readonly precondition: Precondition;
      /** Another object has taken the place of the source, and its copy is created next. */
      readonly recreate: boolean;
    }
  | {
      readonly outcome: "nothing";
      readonly reason: NothingReason;
      /** Of `drifted`: the fields that differ. */
      readonly differences?: readonly Difference[];
      /** Of `drifted`: the field managers that have written them. */
      readonly writers?: readonly string[];
      /** Of `untouched`: the sentence about the owner's opt-out; absent if there is another reason. */
      readonly optedOut?: string;
    }
  /** Something at the copy's place must not be touched. */
  | ({ readonly outcome: "conflict" } & Refusal)
  /** Terminal until the source or the rule changes. */
  | ({ readonly outcome: "refused" } & Refusal)
  /** The copy is being deleted, since that time (RFC 3339): ask again later. */
  | { readonly outcome: "wait"; readonly since: string; readonly message: string };

export type NothingReason =
  /** The copy is as it is to be. */
  | "inSync"
  /** There is no source, and no copy. */
  | "absent"
  /** There is no copy, and one that is created would run what has ended. */
  | "ended"
  /** There is no source, and what is there is no copy of it. */
  | "foreign"
  /** `delete: keep` or `left: keep`. */
  | "kept"
  /** `conflict: skip`. */
  | "skipped"
  /** `drift: report`. */
  | "drifted"
  /** The source is neither copied, nor is a copy of it touched. */
  | "untouched";
