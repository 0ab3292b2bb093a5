import type { GuardEntry } from "../../events/rule-guard.ts";
import type { Candidate, GuardCode, Hold } from "./hold.ts";

/** Holds that were found for one candidate and hold back later ones, too: of many records that wait, few need a decision of their own. */
export type SharedHolds = {
  readonly find: (candidate: Candidate, entries: readonly GuardEntry[]) => Hold | undefined;
  readonly note: (candidate: Candidate, hold: Hold) => void;
};

/** Guards that hold back one object and no other. */
const OF_ONE_OBJECT: ReadonlySet<GuardCode> = new Set<GuardCode>(["TargetBreakerOpen", "Cooldown"]);

/** Guards that hold back objects that were not remediated lately. */
const OF_NEW_OBJECTS: ReadonlySet<GuardCode> = new Set<GuardCode>([
  "BlastRadius",
  "BlastRadiusUnknown",
]);

export function createSharedHolds(): SharedHolds {
  const ofObjects = new Map<string, Hold>();
  let ofRule: Hold | undefined;
  let ofNewObjects: Hold | undefined;
  return {
    // Not every guard holds back a question, and its own are decided quickly.
    find({ target, isQuestion = false }, entries) {
      if (isQuestion) return undefined;
      const hold = ofRule ?? ofObjects.get(target);
      if (hold !== undefined || ofNewObjects === undefined) return hold;
      const mayBeCounted = entries.some(
        (entry) => entry.target === target && entry.admittedAt !== undefined,
      );
      return mayBeCounted ? undefined : ofNewObjects;
    },
    note({ target }, hold) {
      if (OF_ONE_OBJECT.has(hold.code)) ofObjects.set(target, hold);
      else if (OF_NEW_OBJECTS.has(hold.code)) ofNewObjects = hold;
      else ofRule = hold;
    },
  };
}
