import type { MirrorParameters } from "./mirror-parameters.ts";

/** The fate of a copy whose source is gone, or has left the rule. */
export function toCopyFate(
  { delete: deleted, left }: Pick<MirrorParameters, "delete" | "left">,
  source: "gone" | "left",
): "delete" | "keep" {
  const ofGone = deleted === "keep" ? "keep" : "delete";
  return source === "left" ? (left ?? ofGone) : ofGone;
}
