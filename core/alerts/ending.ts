import type { AlertData, AlertEnds } from "../../events/alert.ts";

/**
 * How an alert that is over ended. `well`: what it was about is well again. `gone`: the object is gone, and nobody knows how it was.
 * `over`: some of both, or the rule is gone, or nobody knows any more.
 */
export type Ending = "well" | "gone" | "over";

/** Undefined if the alert is open. */
export function toEnding({
  status,
  group,
}: Pick<AlertData, "status" | "group">): Ending | undefined {
  if (status !== "resolved") return undefined;
  const isUnknown = group !== undefined && group.ended === undefined;
  return isUnknown ? "over" : toCommonEnding(group?.ended);
}

/** The end of several alerts, taken together. */
export function toCommonEnding(ends: AlertEnds = {}): Ending {
  const { fails = 0, remediated = 0, released = 0, gone = 0, noRule = 0 } = ends;
  if (gone === 0 && noRule === 0) return "well";
  return gone > 0 && fails + remediated + released + noRule === 0 ? "gone" : "over";
}
