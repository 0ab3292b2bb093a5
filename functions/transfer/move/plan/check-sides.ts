import type { Move } from "../../../../events/moves/move.ts";
import { KubemendError } from "../../../../core/errors.ts";
import type { MoveSides } from "../run/move-sides.ts";

/** Throws ForeignCluster, terminal, if the clusters are not those that the Move names, or those that it has begun with. */
export function checkSides(
  { metadata: { name }, spec, status }: Pick<Move, "metadata" | "spec" | "status">,
  { source, target }: MoveSides,
): void {
  const meant = status?.target?.uid ?? spec.target.uid;
  if (meant !== undefined && meant !== target.uid) {
    throw foreign(
      `the Move ${name} goes to the cluster ${meant}, and ${target.name} is ${target.uid}`,
    );
  }
  const begun = status?.source?.uid;
  if (begun !== undefined && begun !== source.uid) {
    throw foreign(
      `the Move ${name} began in the cluster ${begun}, and ${source.name} is ${source.uid}`,
    );
  }
  if (source.uid === target.uid) {
    throw foreign(
      `${source.name} and ${target.name} are the same cluster (${source.uid}): nothing can move from it to itself`,
    );
  }
}

function foreign(message: string): KubemendError {
  return new KubemendError("ForeignCluster", message, { retryable: false });
}
