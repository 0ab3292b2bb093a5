import type { Move } from "../../../events/moves/move.ts";
import type { OpenClusters } from "../../../adapters/clusters/open-clusters.ts";
import { isKubemendError } from "../../../core/errors.ts";
import type { MoveGrant, Pipeline } from "../../../core/pipeline/pipeline.ts";

/**
 * The name of a Move's target in the pipeline. A Move that was begun on the command line may have its uid alone: it is looked for among the
 * clusters to which something may move. Undefined: it is none of these, and the command carries it out.
 */
export async function findTarget(
  {
    pipeline,
    grants,
    open,
  }: {
    readonly pipeline: Pick<Pipeline, "clusters">;
    readonly grants: readonly MoveGrant[];
    readonly open: OpenClusters;
  },
  { spec }: Pick<Move, "spec">,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { cluster, uid } = spec.target;
  if (cluster !== undefined) return cluster;
  const names = new Set(grants.flatMap(({ to }) => to));
  const stated = pipeline.clusters.find((one) => one.uid === uid && names.has(one.name));
  if (stated !== undefined) return stated.name;
  for (const { name, uid: known } of pipeline.clusters) {
    if (!names.has(name) || known !== undefined) continue;
    try {
      if ((await open(name, signal)).uid === uid) return name;
    } catch (error) {
      signal.throwIfAborted();
      // Another cluster, which does not answer, is no trouble of this Move.
      if (!isKubemendError(error)) throw error;
    }
  }
  return undefined;
}
