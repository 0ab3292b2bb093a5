import type { MoveGrant, Pipeline } from "../pipeline.ts";

/** An entry of `moves`, with its place in the file. */
export type PlacedGrant = MoveGrant & { readonly at: number };

/** The objects that functions may move, between any of the pipeline's clusters. */
export function listMoveGrants({ moves = [] }: Pick<Pipeline, "moves">): readonly PlacedGrant[] {
  return moves.map((grant, at) => ({ ...grant, at }));
}

/**
 * The same for the Moves of the pipeline's own cluster, or of the cluster for which the pipeline was narrowed (`source-view.ts`). No Move has
 * its own cluster as its target.
 */
export function findMoveGrants(
  pipeline: Pick<Pipeline, "cluster" | "clusters" | "moves">,
): readonly PlacedGrant[] {
  const { cluster, clusters } = pipeline;
  const isView = clusters.some(({ access }) => access.type === "own");
  return listMoveGrants(pipeline).flatMap((grant) => {
    const isMeant = grant.from === undefined ? !isView : grant.from.includes(cluster.name);
    const to = grant.to.filter((target) => target !== cluster.name);
    return isMeant && to.length > 0 ? [{ ...grant, to }] : [];
  });
}
