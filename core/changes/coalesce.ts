import type { ChangeKind } from "../../events/ids.ts";

/** The last unsent change of a uid. */
export type PendingChange = {
  readonly change: ChangeKind;
  /** The queue may have this object already: an earlier state, or this one in an attempt whose end is unknown. */
  readonly delivered: boolean;
  /** Of a first snapshot: only some rules may match it. */
  readonly initial: boolean;
};

export type Coalesced =
  /** The newer object takes the place, as this change. */
  | { readonly outcome: "replace"; readonly change: ChangeKind }
  /** Nobody has heard of it, and it is gone. */
  | { readonly outcome: "annul" }
  /** Both are sent, in this order. */
  | { readonly outcome: "append" };

/**
 * What becomes of an unsent change when the same uid changes again (`delivery: latest`): the last state arrives, states in
 * between may not. Only ever within a uid: a deletion and a re-creation under one name are two objects.
 */
export function coalesce(
  pending: PendingChange,
  incoming: { readonly change: ChangeKind; readonly initial: boolean },
): Coalesced {
  // A rule that asked for the objects of the start would hide the change from the other rules, or the other way round.
  if (pending.initial !== incoming.initial) return { outcome: "append" };
  const next = incoming.change;
  switch (pending.change) {
    case "deleted":
      return { outcome: "append" };
    case "added":
      if (next === "added" || next === "modified") return { outcome: "replace", change: "added" };
      return pending.delivered ? { outcome: "replace", change: next } : { outcome: "annul" };
    case "modified":
      return { outcome: "replace", change: next === "added" ? "modified" : next };
    case "left":
      return { outcome: "replace", change: next === "added" ? "modified" : next };
  }
}
