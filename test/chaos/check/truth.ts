/** The value of the label `team`; `none` is no label. */
export type Team = "red" | "blue" | "none";

/** An event of an object according to the API server's answers: the only truth that the checker uses. */
export type TruthEvent = {
  readonly uid: string;
  /** Milliseconds since the round began; for people who read the report. */
  readonly atMs: number;
} & (
  | {
      readonly type: "state";
      readonly resourceVersion: string;
      readonly team: Team;
      /** Unique: no other write has this value. */
      readonly step: string;
    }
  /** `rolled back`: the restored backup of etcd does not contain it. */
  | { readonly type: "gone"; readonly how: "deleted" | "rolled back" }
);

export type StateEvent = Extract<TruthEvent, { type: "state" }>;

/** Custom resources, and only they, are named so. */
export function isThing(name: string): boolean {
  return name.startsWith("thing-");
}

/** All events in order, by the objects' names. A name has one writer, so its order is certain. */
export type Truth = ReadonlyMap<string, readonly TruthEvent[]>;

export type TruthLog = {
  readonly truth: Truth;
  readonly record: (name: string, event: UntimedEvent) => void;
  readonly count: () => number;
};

type Untimed<T> = T extends unknown ? Omit<T, "atMs"> : never;
export type UntimedEvent = Untimed<TruthEvent>;

export function createTruthLog(elapsedMs: () => number): TruthLog {
  const truth = new Map<string, TruthEvent[]>();
  let count = 0;
  return {
    truth,
    record(name, event) {
      count += 1;
      const events = truth.get(name) ?? [];
      events.push({ ...event, atMs: elapsedMs() });
      truth.set(name, events);
    },
    count: () => count,
  };
}
