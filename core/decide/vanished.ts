import type { ChangeMessage } from "../../events/change.ts";
import type { Rule } from "../pipeline/pipeline.ts";

/**
 * Whether a message is the deletion of an object whose last state may have matched a rule that is not about deletions, and that nobody
 * has decided on: it replaced a state which was never sent or, for a rule with `ifGone: act`, it was found by comparing. Other deletions,
 * such as a cleanup a week later, are of objects whose last state was decided on when it was sent.
 */
export function isVanished({ on, ifGone }: Rule, { data }: ChangeMessage): boolean {
  if (data.change !== "deleted" || on.changes.includes("deleted")) return false;
  if (!on.changes.some((one) => one === "added" || one === "modified")) return false;
  return data.unsent === true || (data.gap === true && ifGone === "act");
}
