import type { ResourceType } from "../../events/change.ts";
import type { Catalog } from "../../core/references/catalog.ts";
import { isBuiltin } from "../../core/references/builtin.ts";
import { toResourceName } from "../../core/references/resource-name.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import {
  readResourceOrigin,
  type ResourceOrigin,
} from "../../adapters/kubernetes/api/custom-resources.ts";
import type { Discovery } from "../../adapters/kubernetes/api/discovery.ts";
import { planServed, toUnordered } from "./planned-watch.ts";
import type { PlannedPipeline, ReloadDeps } from "./reload.ts";

export type PlanClusterDeps = {
  readonly client: KubernetesClient;
  readonly discovery: Discovery;
  readonly clusterUid: string;
  /** Called once for a resource that is an aggregated API's, or that we may not ask about: snapshots are taken instead of resuming. */
  readonly unordered: (resource: ResourceType, origin: ResourceOrigin) => void;
};

/**
 * Plans pipelines on a cluster. Each time it is asked again what it serves, and which of that are custom resources.
 * Throws like `planServed`, and what the client throws if the cluster cannot be reached.
 */
export function createClusterPlanner(deps: PlanClusterDeps): ReloadDeps["planPipeline"] {
  let last: { readonly catalog: Catalog; readonly plan: PlannedPipeline } | undefined;
  const reported = new Set<string>();
  return async (pipeline, signal) => {
    const catalog = await deps.discovery.refresh(signal);
    if (last?.catalog === catalog && last.plan.digest === pipeline.digest) return last.plan;
    const { watches, absent } = planServed(pipeline, catalog, deps.clusterUid);
    const foreign = new Map(
      watches
        .map(({ target }) => target.resource)
        .filter((resource) => !isBuiltin(resource))
        .map((resource) => [toResourceName(resource), resource]),
    );
    const unordered = new Set<string>();
    for (const [name, resource] of foreign) {
      const origin = await readResourceOrigin(deps.client, resource, signal);
      if (origin.origin === "custom") continue;
      unordered.add(name);
      if (!reported.has(name)) deps.unordered(resource, origin);
      reported.add(name);
    }
    const plan: PlannedPipeline = {
      digest: pipeline.digest,
      pipeline,
      absent,
      watches: watches.map((watch) =>
        unordered.has(toResourceName(watch.target.resource)) ? toUnordered(watch) : watch,
      ),
    };
    last = { catalog, plan };
    return plan;
  };
}
