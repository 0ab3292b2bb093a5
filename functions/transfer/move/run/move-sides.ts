import type { OpenCluster } from "../../../../adapters/clusters/open-clusters.ts";

/** The two clusters of a move. */
export type MoveSides = { readonly source: OpenCluster; readonly target: OpenCluster };
