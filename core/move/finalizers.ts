import type { MoveSpec } from "../../events/moves/move.ts";

/**
 * Finalizers that a deletion itself sets, and that hold nothing of the object. Until the garbage collector has taken `orphan` off, what the
 * object owns still names it as its owner, and would be deleted with it.
 * @see https://kubernetes.io/docs/concepts/architecture/garbage-collection/#cascading-deletion
 */
export const FINALIZERS_OF_DELETION: ReadonlySet<unknown> = new Set([
  "foregroundDeletion",
  "orphan",
]);

/** Whether the move takes a finalizer off, because its spec names it. Those of the garbage collector it never does. */
export function isFinalizerRemoved(
  finalizer: string,
  { removeFinalizers = [] }: Pick<MoveSpec, "removeFinalizers">,
): boolean {
  if (FINALIZERS_OF_DELETION.has(finalizer)) return false;
  return removeFinalizers.includes("*") || removeFinalizers.includes(finalizer);
}
