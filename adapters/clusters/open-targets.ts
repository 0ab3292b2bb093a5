import { limitReads } from "./limit-reads.ts";
import {
  connectOther,
  openClusters,
  type OpenClusters,
  type OpenClustersDeps,
} from "./open-clusters.ts";

/** Connects the targets of mirrors, so that one that does not answer delays no copies in the others (`limitReads`). */
export function openTargets(deps: OpenClustersDeps): OpenClusters {
  const { connect = connectOther, now } = deps;
  return openClusters({
    ...deps,
    connect: async (cluster) => limitReads(await connect(cluster), now),
  });
}
