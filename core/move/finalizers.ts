import type { MoveSpec } from "../../events/moves/move.ts";

/** Whether the move takes a finalizer off, because its spec names it. */
export function isFinalizerRemoved(
  finalizer: string,
  { removeFinalizers = [] }: Pick<MoveSpec, "removeFinalizers">,
): boolean {
  return removeFinalizers.includes("*") || removeFinalizers.includes(finalizer);
}
