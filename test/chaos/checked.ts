import type { Received } from "./reader.ts";
import type { Team, Truth } from "./truth.ts";

/** A watch of the round, as the checker understands it. */
export type CheckedWatch = {
  readonly key: string;
  readonly selects: (team: Team) => boolean;
};

export type CheckInput = {
  readonly clusterUid: string;
  readonly namespace: string;
  readonly watches: readonly CheckedWatch[];
  readonly truth: Truth;
  readonly received: readonly Received[];
  /** How the relay tells that an object is no longer selected. */
  readonly leaving: Leaving;
  /** Off where a break must be seen by what is lost, not by reading the ids that it changes. */
  readonly checkIds: boolean;
};

export type Leaving = "left" | "deleted";

/** A promise that was not kept. */
export type Miss = {
  readonly rule:
    | "readable"
    | "ids"
    | "known"
    | "ended by itself"
    | "gets ready"
    | "order within an epoch"
    | "last state arrives"
    | "deletion arrives"
    | "nothing invented"
    | "order of a group";
  readonly text: string;
  /** Of the object that it is about. */
  readonly name?: string | undefined;
};

/** A message, reduced to what is checked. */
export type Sighting = {
  readonly watch: string;
  readonly name: string;
  readonly uid: string;
  readonly change: "added" | "modified" | "deleted" | "left";
  readonly resourceVersion: string;
  readonly epoch: number;
  /** undefined in a deletion that was found by comparing. */
  readonly step: string | undefined;
};
