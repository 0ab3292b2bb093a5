import type { MoveSpec } from "../../events/moves/move.ts";

/** They are set by a deletion, and hold nothing of the object. Only the garbage collector takes them off, when it has done its part. */
export const OF_DELETION: ReadonlySet<unknown> = new Set(["foregroundDeletion", "orphan"]);

/** Whether the move takes a finalizer off, because its spec names it. */
export function isFinalizerRemoved(
  finalizer: string,
  { removeFinalizers = [] }: Pick<MoveSpec, "removeFinalizers">,
): boolean {
  if (OF_DELETION.has(finalizer)) return false;
  return removeFinalizers.includes("*") || removeFinalizers.includes(finalizer);
}
