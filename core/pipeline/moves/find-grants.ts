import type { MoveGrant, Pipeline } from "../pipeline.ts";

/** The Moves of the pipeline's own cluster, or of the one whose view it is, that functions carry out. No Move has its own cluster as its target. */
export function findMoveGrants({
  cluster: { name },
  clusters,
  moves = [],
}: Pick<Pipeline, "cluster" | "clusters" | "moves">): readonly MoveGrant[] {
  const isView = clusters.some(({ access }) => access.type === "own");
  return moves.flatMap((grant) => {
    const isMeant = grant.from === undefined ? !isView : grant.from.includes(name);
    const to = grant.to.filter((target) => target !== name);
    return isMeant && to.length > 0 ? [{ ...grant, to }] : [];
  });
}
