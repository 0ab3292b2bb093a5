import type { Move } from "../../../events/moves/move.ts";

/** A Move is rolled back if a person has asked for it and no source was deleted yet. */
export function isToBeRolledBack({ spec, status }: Move): boolean {
  return (
    spec.abort === true &&
    status?.pointOfNoReturnAt === undefined &&
    status?.phase !== "RollingBack"
  );
}
