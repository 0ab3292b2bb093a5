import type { GuardEvent } from "./guard-event.ts";

/** The ends of one request that both pipelines make, with the guards of each. */
export type EndDifference = { readonly before: GuardEvent; readonly after: GuardEvent };

/** Compares how requests end that the guards of at least one of two pipelines do not let start at once. */
export type EndComparison = {
  /** The request of this record is to be compared. */
  readonly expect: (record: string) => void;
  /** Returns the difference, once both ends of a record are known. */
  readonly add: (side: "before" | "after", event: GuardEvent) => EndDifference | undefined;
};

export function createEndComparison(): EndComparison {
  const open = new Map<string, { before?: GuardEvent; after?: GuardEvent }>();
  return {
    expect(record) {
      if (!open.has(record)) open.set(record, {});
    },
    add(side, event) {
      const ends = open.get(event.record);
      if (ends === undefined || event.outcome === "deferred") return undefined;
      ends[side] = event;
      const { before, after } = ends;
      if (before === undefined || after === undefined) return undefined;
      open.delete(event.record);
      return before.outcome === after.outcome ? undefined : { before, after };
    },
  };
}
