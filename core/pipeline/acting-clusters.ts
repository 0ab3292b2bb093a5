import { findNamedCluster } from "../actions/contract/cluster.ts";
import { findMirror } from "./mirror-rule.ts";
import type { Pipeline, Rule, RuleAction } from "./pipeline.ts";

/** The actions of a rule that act in the cluster of that name; undefined: in the pipeline's own. */
export function findActionsIn(
  { then, onFailure = [] }: Pick<Rule, "then" | "onFailure">,
  cluster: string | undefined,
): readonly RuleAction[] {
  return [...then, ...onFailure].filter(
    ({ parameters }) => findNamedCluster(parameters)?.name === cluster,
  );
}

/** The names of the other clusters in which actions of the pipeline act, in the order of the file. */
export function findActingClusters({
  clusters,
  rules,
}: Pick<Pipeline, "clusters" | "rules">): readonly string[] {
  return clusters.flatMap(({ name }) =>
    rules.some((rule) => findActionsIn(rule, name).length > 0) ? [name] : [],
  );
}

/**
 * The names of the clusters in which actions act or mirrors keep copies, whose changes rules take, or between which objects may move, in the
 * order of the file.
 */
export function findUsedClusters(
  pipeline: Pick<Pipeline, "clusters" | "rules" | "moves">,
): readonly string[] {
  const mirrored = pipeline.rules.flatMap((rule) => findMirror(rule)?.to ?? []);
  const sources = pipeline.rules.flatMap(({ on }) => on.clusters ?? []);
  const moved = pipeline.moves?.flatMap(({ to, from = [] }) => [...to, ...from]) ?? [];
  const used = new Set([...findActingClusters(pipeline), ...mirrored, ...sources, ...moved]);
  return pipeline.clusters.map(({ name }) => name).filter((name) => used.has(name));
}

/** A cluster that the pipeline names and no rule uses, for people. */
export function findUnusedClusters(
  pipeline: Pick<Pipeline, "clusters" | "rules" | "moves">,
): readonly string[] {
  const used = findUsedClusters(pipeline);
  return pipeline.clusters.flatMap(({ name }) =>
    used.includes(name) ? [] : [`no rule uses the cluster ${name}, so no function connects to it`],
  );
}
