import { findMirror } from "./mirror-rule.ts";
import type { OtherCluster, Pipeline, Rule } from "./pipeline.ts";

/** Whether changes of other clusters than its own count for a pipeline, or some rules do not count for its own. */
export function hasSources({ rules, moves }: Pick<Pipeline, "rules" | "moves">): boolean {
  return (
    rules.some(({ on }) => on.clusters !== undefined) || moves?.some(({ from }) => from) === true
  );
}

/** The clusters of `clusters` whose changes rules take, or whose Moves are carried out, in the order of the file. */
export function findSources({
  clusters,
  rules,
  moves = [],
}: Pick<Pipeline, "clusters" | "rules" | "moves">): readonly OtherCluster[] {
  const named = new Set([
    ...rules.flatMap(({ on }) => on.clusters ?? []),
    ...moves.flatMap(({ from }) => from ?? []),
  ]);
  return clusters.filter(({ name }) => named.has(name));
}

/** The names of the clusters whose changes a rule takes. */
export function findSourceNames(
  { on }: Pick<Rule, "on">,
  { cluster }: Pick<Pipeline, "cluster">,
): readonly string[] {
  return on.clusters ?? [cluster.name];
}

/**
 * The pipeline as it is for the changes of the cluster with this uid. One that no entry of `clusters` has is taken for the pipeline's own
 * cluster: whether it is that, is asked of the API server where a message or a relay is checked.
 */
export function viewFromUid(pipeline: Pipeline, uid: string): Pipeline {
  const source = pipeline.clusters.find((cluster) => cluster.uid === uid);
  return viewFrom(pipeline, source?.name ?? pipeline.cluster.name);
}

/**
 * The pipeline as it is for the changes of one of its clusters: a pipeline like any other, whose own cluster is that one. It has the rules
 * that take changes of that cluster; the other clusters, the original one included, are those in which it may act and to which it mirrors.
 * So nothing that works with a pipeline has to know that there are several sources. Digests are those of the file.
 */
export function viewFrom(pipeline: Pipeline, name: string): Pipeline {
  const isOwn = name === pipeline.cluster.name;
  if (isOwn && !hasSources(pipeline)) return pipeline;
  const rules = pipeline.rules
    .filter((rule) => findSourceNames(rule, pipeline).includes(name))
    .map((rule) => withoutTarget(rule, name));
  const original: OtherCluster = { name: pipeline.cluster.name, access: { type: "own" } };
  const others = pipeline.clusters.filter((cluster) => cluster.name !== name);
  return Object.freeze({
    ...pipeline,
    cluster: { name },
    clusters: isOwn ? others : [original, ...others],
    // Entries of `watch` name no clusters.
    watch: isOwn ? pipeline.watch : [],
    rules,
  });
}

/** Objects of a cluster are not mirrored to itself: one rule may keep several clusters equal. */
function withoutTarget(rule: Rule, name: string): Rule {
  if (findMirror(rule)?.to.includes(name) !== true) return rule;
  const then = rule.then.map((one) => {
    if (one.action !== "mirror") return one;
    const to = (one.parameters["to"] as readonly string[]).filter((target) => target !== name);
    return { ...one, parameters: { ...one.parameters, to, isMutual: true } };
  });
  return { ...rule, then };
}
