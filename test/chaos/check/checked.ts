import type { ChangedAnswer } from "../../../events/change.ts";
import type { OwnResource } from "../world/own-objects.ts";
import type { Received } from "../world/reader.ts";
import type { Team, Truth } from "./truth.ts";

/** A watch of the round, as the checker sees it. */
export type CheckedWatch = {
  readonly key: string;
  /** Default: ConfigMaps. */
  readonly resource?: OwnResource | undefined;
  readonly selects: (team: Team) => boolean;
  /** Its messages say whether the team has changed. */
  readonly compared?: true | undefined;
};

export type CheckInput = {
  readonly clusterUid: string;
  readonly namespace: string;
  readonly watches: readonly CheckedWatch[];
  readonly truth: Truth;
  readonly received: readonly Received[];
  /** The watches of the rule: their messages are for the functions. */
  readonly ruleWatches?: readonly string[] | undefined;
  /** How the relay reports that an object is no longer selected. */
  readonly leaving: Leaving;
  /** Off if a break must be detected by what is lost, and not by the ids that it changes. */
  readonly checkIds: boolean;
};

export type Leaving = "left" | "deleted";

/** A promise that was not kept. */
export type Miss = {
  readonly rule:
    | "readable"
    | "ids"
    | "known"
    | "exited unexpectedly"
    | "becomes ready"
    | "order within an epoch"
    | "last state arrives"
    | "deletion arrives"
    | "nothing invented"
    | "order of a group"
    | "compared"
    | "remediated once"
    | "remediation arrives"
    | "others go on"
    | "only poison fails"
    | "copy is equal"
    | "no copy is left";
  readonly text: string;
  /** Name of the object concerned. */
  readonly name?: string | undefined;
};

/** A message, reduced to the fields that are checked. */
export type Sighting = {
  readonly watch: string;
  readonly name: string;
  readonly uid: string;
  readonly change: "added" | "modified" | "deleted" | "left";
  readonly resourceVersion: string;
  readonly epoch: number;
  /** undefined for a deletion that was found by comparing a snapshot. */
  readonly step: string | undefined;
  /** Whether the team differs from the state before, as the relay says; undefined if it says nothing. */
  readonly changed?: ChangedAnswer | undefined;
  /** It was found by comparing a snapshot. */
  readonly gap?: boolean | undefined;
};
