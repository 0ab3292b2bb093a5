import type { MoveSpec } from "../../events/moves/move.ts";

/** They are set by a deletion, and hold nothing of the object. Only the garbage collector takes them off, when it has done its part. */
export const OF_DELETION: ReadonlySet<unknown> = new Set(["foregroundDeletion", "orphan"]);

/**
 * Finalizers of Kubernetes' own controllers. They clean up what belongs to the object's own cluster, such as its load balancer, of which the
 * target makes another one.
 */
const OF_KUBERNETES = /^(?:[^/]+\.)?kubernetes(?:\.io\/.*)?$/;

/** Whether a deletion with this finalizer may delete something outside the cluster for which the copy stands, too. */
export function mayDestroy(finalizer: string): boolean {
  return !OF_DELETION.has(finalizer) && !OF_KUBERNETES.test(finalizer);
}

/** Whether the move takes a finalizer off, because its spec names it. */
export function isFinalizerRemoved(
  finalizer: string,
  { removeFinalizers = [] }: Pick<MoveSpec, "removeFinalizers">,
): boolean {
  if (OF_DELETION.has(finalizer)) return false;
  return removeFinalizers.includes("*") || removeFinalizers.includes(finalizer);
}
