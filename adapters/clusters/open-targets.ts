import { limitHanging } from "./limit-hanging.ts";
import { limitReads } from "./limit-reads.ts";
import {
  connectOther,
  openClusters,
  type OpenClusters,
  type OpenClustersDeps,
} from "./open-clusters.ts";

/** Connects the targets of mirrors, so that one that does not answer, or whose writes hang, delays no copies in others (`limitReads`, `limitHanging`). */
export function openTargets(deps: OpenClustersDeps): OpenClusters {
  const { connect = connectOther, now } = deps;
  return openClusters({
    ...deps,
    connect: async (cluster) =>
      limitHanging(limitReads(await connect(cluster), now), now, ({ method }) => method !== "GET"),
  });
}
