import { checkEnding, checkGroups } from "./check-ending.ts";
import { checkMessage } from "./check-message.ts";
import { checkOrder } from "./check-order.ts";
import type { Received } from "./reader.ts";
import type { Team, Truth, TruthEvent } from "./truth.ts";

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

/**
 * Holds what is in the queue against what the API server answered. Pure. Per watch: each object's last state, or its
 * deletion or leaving, is the last that was said of it; what was said within one epoch is in the order in which it
 * happened, and did happen; a name's last message is about its newest object; ids are those of events/ids.ts.
 */
export function check(input: CheckInput): readonly Miss[] {
  const misses: Miss[] = [];
  const sightings: Sighting[] = [];
  for (const message of input.received) {
    const read = checkMessage(message, input);
    misses.push(...read.misses);
    if (read.sighting !== undefined) sightings.push(read.sighting);
  }
  for (const watch of input.watches) {
    const ofWatch = sightings.filter((sighting) => sighting.watch === watch.key);
    const byUid = Map.groupBy(ofWatch, ({ uid }) => uid);
    for (const [name, events] of input.truth) {
      for (const [uid, life] of Map.groupBy(events, (event: TruthEvent) => event.uid)) {
        const about = { watch, name, uid, life, leaving: input.leaving };
        const seen = byUid.get(uid) ?? [];
        misses.push(...checkOrder(about, seen), ...checkEnding(about, seen));
      }
    }
    misses.push(...checkGroups(watch, input.truth, ofWatch));
  }
  return misses;
}
