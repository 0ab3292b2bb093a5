import type { ResourceType } from "../events/change.ts";
import { KubemendError } from "../core/errors.ts";
import type { Catalog } from "../core/references/catalog.ts";
import { findResource, suggestResource } from "../core/references/find-resource.ts";
import { toCanonicalJson } from "../core/rules/canonical-json.ts";
import { parseLabelSelector, type LabelSelector } from "../core/rules/label-selector.ts";
import { planOwnWatch } from "../core/rules/own-records.ts";
import type { Payload, Pipeline, Watch } from "../core/rules/pipeline.ts";
import { toProjection } from "../core/rules/projection.ts";
import { findRedactedPaths } from "../core/rules/redaction.ts";
import { planWatches } from "../core/rules/watches.ts";
import type { ChangeOrigin } from "../core/changes/to-change-message.ts";
import type { LedgerWatch } from "./ledger-watch.ts";
import type { WatchTarget } from "./watch/target.ts";

/** A watch of the pipeline, with what this cluster serves for it: all that its parts need to know. */
export type PlannedWatch = {
  readonly key: string;
  /** As written in the pipeline: `jobs.batch`. */
  readonly name: string;
  readonly target: WatchTarget;
  /** Only objects of namespaces with such labels; the server cannot filter by them. */
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly ledger: LedgerWatch;
  readonly origin: ChangeOrigin;
};

/**
 * The watches of a pipeline on a cluster, in the file's order, and that on Kubemend's own records where one is needed and the
 * cluster has them: without it, a decision waits for the sweep. Throws `InvalidConfiguration` (terminal) for a resource that
 * the cluster does not serve, with the one that was probably meant, and for a namespace of a cluster-scoped resource.
 * `project` tells how much of its objects a watch reads.
 */
export function planRelay(
  pipeline: Pipeline,
  catalog: Catalog,
  clusterUid: string,
  project: (watch: Watch) => Payload = toProjection,
): readonly PlannedWatch[] {
  const watches = planWatches(pipeline).map((watch) =>
    planWatch({ watch, projection: project(watch) }, pipeline, catalog, clusterUid),
  );
  if (watches.length === 0) {
    throw invalid("the pipeline watches nothing: it has neither rules nor watch entries");
  }
  const own = planOwnWatch(pipeline);
  const isThere = watches.some(({ key }) => key === own?.key);
  if (own === undefined || isThere || findResource(catalog, own.resource) === undefined) {
    return watches;
  }
  return [...watches, planWatch(own, pipeline, catalog, clusterUid)];
}

function planWatch(
  { watch, projection }: { readonly watch: Watch; readonly projection: Payload },
  pipeline: Pipeline,
  catalog: Catalog,
  clusterUid: string,
): PlannedWatch {
  const resource = findServed(watch, catalog);
  const namespaceSelector = toNamespaceSelector(watch, resource);
  const { key, namespace, labelSelector, fieldSelector } = watch;
  const target: WatchTarget = { resource, namespace, labelSelector, fieldSelector, projection };
  return {
    key,
    name: watch.resource,
    target,
    ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
    ledger: {
      key,
      resource,
      selection: toCanonicalJson({
        ...target,
        namespaceSelector: watch.namespaceSelector,
      }),
      byNamespace: namespaceSelector !== undefined,
      initial: toInitial(watch),
    },
    origin: {
      cluster: { name: pipeline.cluster.name, uid: clusterUid },
      watch: key,
      pipeline: pipeline.digest,
      rules: Object.fromEntries(watch.rules.map((rule) => [rule.id, rule.digest])),
      resource,
      redact: findRedactedPaths(pipeline, resource),
      ...(projection === "metadata" ? { payload: projection } : {}),
    },
  };
}

function toNamespaceSelector(watch: Watch, resource: ResourceType): LabelSelector | undefined {
  if (watch.namespaceSelector === undefined) return undefined;
  if (!resource.namespaced) throw clusterScoped(watch);
  const selector = parseLabelSelector(watch.namespaceSelector);
  if (selector.ok) return selector.value;
  throw invalid(`${watch.resource}: namespaces.labelSelector: ${selector.error}`);
}

function findServed(watch: Watch, catalog: Catalog): ResourceType {
  const found = findResource(catalog, watch.resource);
  if (found === undefined) {
    const meant = suggestResource(catalog, watch.resource);
    const advice =
      meant === undefined ? "kubectl api-resources lists what there is" : `did you mean ${meant}?`;
    throw invalid(`the cluster serves no resource ${watch.resource}: ${advice}`);
  }
  if (watch.namespace !== null && !found.namespaced) {
    throw clusterScoped(watch);
  }
  const { group, version, resource, kind, namespaced } = found;
  return { group, version, resource, kind, namespaced };
}

/** An explicit entry wants all objects of the start, for no rule of its own. */
function toInitial(watch: Watch): LedgerWatch["initial"] {
  const rules = watch.rules
    .filter((rule) => rule.initial === "include")
    .map((rule) => ({ key: `rule ${rule.id} ${rule.digest}`, ruleId: rule.id }));
  return watch.explicit ? [{ key: "watch", ruleId: undefined }, ...rules] : rules;
}

function clusterScoped(watch: Watch): KubemendError {
  return invalid(`${watch.resource} is cluster-scoped: take out its namespaces`);
}

function invalid(message: string): KubemendError {
  return new KubemendError("InvalidConfiguration", message, { retryable: false });
}
