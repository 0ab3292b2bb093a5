/** The value of the label `team`; `none` is no label. */
export type Team = "red" | "blue" | "none";

/** What the API server's answers say of an object: the only truth that the checker knows. */
export type TruthEvent = {
  readonly uid: string;
  /** Since the round began, in ms; for people. */
  readonly atMs: number;
} & (
  | {
      readonly type: "state";
      readonly resourceVersion: string;
      readonly team: Team;
      /** Written by nobody else, nor twice. */
      readonly step: string;
    }
  /** `putBack`: etcd's copy does not know it. */
  | { readonly type: "gone"; readonly how: "deleted" | "putBack" }
);

export type StateEvent = Extract<TruthEvent, { type: "state" }>;

/** All that happened, by the objects' names, in order. A name has one writer, so its order is certain. */
export type Truth = ReadonlyMap<string, readonly TruthEvent[]>;

export type TruthLog = {
  readonly truth: Truth;
  readonly tell: (name: string, event: UntimedEvent) => void;
  readonly count: () => number;
};

type Untimed<T> = T extends unknown ? Omit<T, "atMs"> : never;
export type UntimedEvent = Untimed<TruthEvent>;

export function createTruthLog(elapsedMs: () => number): TruthLog {
  const truth = new Map<string, TruthEvent[]>();
  let count = 0;
  return {
    truth,
    tell(name, event) {
      count += 1;
      const events = truth.get(name) ?? [];
      events.push({ ...event, atMs: elapsedMs() });
      truth.set(name, events);
    },
    count: () => count,
  };
}
