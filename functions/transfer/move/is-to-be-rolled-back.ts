import type { Move } from "../../../events/moves/move.ts";

/**
 * A Move is rolled back if a person has asked for it, or deletes it, and no source was deleted yet. One that is being deleted and that a
 * finalizer holds may be gone at any moment, with the original values of its sources, so it must not begin to change anything.
 */
export function isToBeRolledBack({ metadata, spec, status }: Move): boolean {
  const isUnwanted = spec.abort === true || metadata["deletionTimestamp"] !== undefined;
  return isUnwanted && status?.pointOfNoReturnAt === undefined && status?.phase !== "RollingBack";
}
