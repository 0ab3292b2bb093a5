import type { Candidate, GuardCode, Hold } from "./hold.ts";

/** Holds that were found for one candidate and hold back later ones, too: of many records that wait, few need a decision of their own. */
export type SharedHolds = {
  readonly find: (candidate: Candidate) => Hold | undefined;
  readonly note: (candidate: Candidate, hold: Hold) => void;
};

/** Guards that hold back one object and no other. */
const OF_ONE_OBJECT: ReadonlySet<GuardCode> = new Set<GuardCode>(["TargetBreakerOpen", "Cooldown"]);

export function createSharedHolds(): SharedHolds {
  const ofObjects = new Map<string, Hold>();
  let ofRule: Hold | undefined;
  return {
    // Not every guard holds back a question, and its own are decided quickly.
    find: ({ target, isQuestion = false }) =>
      isQuestion ? undefined : (ofRule ?? ofObjects.get(target)),
    note({ target }, hold) {
      if (OF_ONE_OBJECT.has(hold.code)) ofObjects.set(target, hold);
      else ofRule = hold;
    },
  };
}
