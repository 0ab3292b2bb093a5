import type { Catalog } from "../../references/catalog.ts";
import type { Pipeline } from "../pipeline.ts";
import { findSources, hasSources, viewFrom } from "../source-view.ts";
import { toGrants, type Grant } from "./grants.ts";
import { planTargetPermissions } from "./mirror-rights.ts";
import { CLUSTER_UID, type Need } from "./needs.ts";
import {
  planOtherPermissions,
  planPermissions,
  type Permissions,
  type PermissionSettings,
} from "./permissions.ts";

/** Whether the cluster of that name has a relay, records and guards: it is the pipeline's own, or one whose changes rules take. */
export function isSource(pipeline: Pipeline, name: string): boolean {
  return (
    name === pipeline.cluster.name || findSources(pipeline).some((source) => source.name === name)
  );
}

/**
 * The rights of all parts in a cluster whose changes a pipeline takes: those for its changes, and those for what the changes of other
 * clusters have done there.
 */
export function planSourcePermissions(
  pipeline: Pipeline,
  name: string,
  catalog: Catalog,
  settings: PermissionSettings = {},
): Permissions {
  const own = planPermissions(viewFrom(pipeline, name), catalog, settings);
  if (!hasSources(pipeline)) return own;
  const { cluster, clusters } = pipeline;
  const named: Pipeline = {
    ...pipeline,
    clusters: [{ name: cluster.name, access: { type: "own" } }, ...clusters],
  };
  const ofCluster = (planned: { readonly cluster: string }): boolean => planned.cluster === name;
  const acting = planOtherPermissions(named, catalog).find(ofCluster)?.remediate ?? [];
  const mirrored = planTargetPermissions(named, catalog).find(ofCluster)?.transfer ?? [];
  // Before anything else a server reached is asked for its uid. The own cluster's is that of the function itself.
  const asked = name === cluster.name ? [] : [{ namespace: null, rules: [CLUSTER_UID] }];
  return {
    ...own,
    sweep: join(own.sweep, asked),
    remediate: join(own.remediate, acting),
    transfer: join(own.transfer, mirrored),
  };
}

function join(...grants: readonly (readonly Grant[])[]): readonly Grant[] {
  const needs = grants
    .flat()
    .flatMap(({ namespace, rules }): readonly Need[] =>
      rules.map((permission) => ({ namespace, permission })),
    );
  return toGrants(needs);
}
