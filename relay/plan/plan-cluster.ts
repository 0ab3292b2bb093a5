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
import type { Plan, ReloadDeps } from "./reload.ts";

export type PlanClusterDeps = {
  readonly client: KubernetesClient;
  readonly discovery: Discovery;
  readonly clusterUid: string;
  /** Told once a resource: snapshots are taken instead of resuming, as it is an aggregated API's, or we may not ask. */
  readonly unordered: (resource: ResourceType, origin: ResourceOrigin) => void;
};

/**
 * Plans pipelines on a cluster, asked anew each time: what it serves, and which of that are custom resources.
 * Throws like `planServed`, and what the client throws where the cluster cannot be asked at all.
 */
export function createClusterPlanner(deps: PlanClusterDeps): ReloadDeps["plan"] {
  let last: { readonly catalog: Catalog; readonly plan: Plan } | undefined;
  const told = new Set<string>();
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
      if (!told.has(name)) deps.unordered(resource, origin);
      told.add(name);
    }
    const plan: Plan = {
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
