import type { ChangeKind } from "../../events/ids.ts";

/** The last change of a uid that is not sent yet. */
export type PendingChange = {
  readonly change: ChangeKind;
  /** The queue may already have this object: an earlier state, or this one from an attempt whose outcome is unknown. */
  readonly delivered: boolean;
  /** An initial object, from a first snapshot: only some rules may match it. */
  readonly initial: boolean;
  /** Whether the watch sends the deletion of an object of which no state was sent. */
  readonly carriesDeleted?: boolean | undefined;
};

export type Coalesced =
  /** The newer object replaces the pending one, as this change. */
  | { readonly outcome: "replace"; readonly change: ChangeKind }
  /** Both are dropped: the object was never sent, and no longer exists. */
  | { readonly outcome: "annul" }
  /** Both are sent, in this order. */
  | { readonly outcome: "append" };

/**
 * Merges a change that is not sent yet with the next change of the same uid (`delivery: latest`): the last state arrives, the
 * states in between may not. Only changes of one uid are merged: after a deletion, the next object of that name has another uid.
 */
export function coalesce(
  pending: PendingChange,
  incoming: { readonly change: ChangeKind; readonly initial: boolean },
): Coalesced {
  // Merging would hide the change from the rules that do not include initial objects, or the initial object from those that do.
  if (pending.initial !== incoming.initial) return { outcome: "append" };
  const next = incoming.change;
  switch (pending.change) {
    case "deleted":
      return { outcome: "append" };
    case "added":
      if (next === "added" || next === "modified") return { outcome: "replace", change: "added" };
      if (next === "deleted" && pending.carriesDeleted === true) {
        return { outcome: "replace", change: next };
      }
      return pending.delivered ? { outcome: "replace", change: next } : { outcome: "annul" };
    case "modified":
      return { outcome: "replace", change: next === "added" ? "modified" : next };
    case "left":
      return { outcome: "replace", change: next === "added" ? "modified" : next };
  }
}
