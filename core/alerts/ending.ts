import type { AlertData } from "../../events/alert.ts";

/**
 * How an alert that is over ended. `well`: what it was about is well again. `gone`: the object is gone, and nobody knows how it was.
 * `over`: some of both, or the rule is gone. Undefined if it is open.
 */
export function toEnding({
  status,
  group,
}: Pick<AlertData, "status" | "group">): "well" | "gone" | "over" | undefined {
  if (status !== "resolved") return undefined;
  const { fails = 0, remediated = 0, released = 0, gone = 0, noRule = 0 } = group?.ended ?? {};
  if (gone === 0 && noRule === 0) return "well";
  return gone > 0 && fails + remediated + released + noRule === 0 ? "gone" : "over";
}
