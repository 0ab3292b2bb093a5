import type { ResourceType } from "../../events/change.ts";
import { KubemendError } from "../../core/errors.ts";
import type { Catalog } from "../../core/references/catalog.ts";
import { findResource, suggestResource } from "../../core/references/find-resource.ts";
import { toCanonicalJson } from "../../core/json/canonical-json.ts";
import { parseLabelSelector, type LabelSelector } from "../../core/pipeline/label-selector.ts";
import { planOwnWatch } from "../../core/pipeline/records-watch.ts";
import type { DeliveryMode, Payload, Pipeline, Watch } from "../../core/pipeline/pipeline.ts";
import { toProjection, toReadProjection } from "../../core/pipeline/projection.ts";
import { findRedactedPaths } from "../../core/redaction/redactor.ts";
import { viewFromUid } from "../../core/pipeline/source-view.ts";
import { planWatches } from "../../core/pipeline/watches.ts";
import type { ChangeOrigin } from "../../core/changes/to-change-message.ts";
import type { TrackedWatch } from "./tracked-watch.ts";
import type { WatchTarget } from "../reflector/target.ts";

/** A watch of the pipeline together with what this cluster serves for it: everything that the stages need to know. */
export type PlannedWatch = {
  readonly key: string;
  /** As written in the pipeline: `jobs.batch`. */
  readonly name: string;
  readonly target: WatchTarget;
  /** Only objects of namespaces with these labels; the server cannot filter by them. */
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly delivery: DeliveryMode;
  /** The deletion of an object is sent although no state of it was. */
  readonly carriesDeleted?: boolean | undefined;
  readonly tracked: TrackedWatch;
  readonly origin: ChangeOrigin;
};

/**
 * A watch whose resource the cluster does not serve now and may serve later: a custom resource, or one of another minor version.
 * (A resource that no cluster serves is refused when the pipeline file is read.)
 */
export type AbsentWatch = {
  readonly key: string;
  readonly name: string;
  /** The resource that was probably meant. */
  readonly meant: string | undefined;
};

/** All watches of a pipeline on a cluster as it is now. */
export type PlannedWatches = {
  readonly watches: readonly PlannedWatch[];
  readonly absent: readonly AbsentWatch[];
};

/**
 * The watches of a pipeline on a cluster, in the file's order, and the watch of Kubemend's own records if a rule needs it: without
 * it, a decision waits for the sweep. Watches whose resource may be served later are returned separately. The cluster may be any one whose
 * changes the pipeline takes: which of them it is, its uid says.
 * Throws `InvalidConfiguration` (terminal) for a namespace of a cluster-scoped resource.
 */
export function planServed(
  pipeline: Pipeline,
  catalog: Catalog,
  clusterUid: string,
  project: (watch: Watch) => Payload = toProjection,
): PlannedWatches {
  const view = viewFromUid(pipeline, clusterUid);
  const wanted = withOwnWatch(view, requireWatches(view));
  const isAbsent = ({ resource }: Watch): boolean => findResource(catalog, resource) === undefined;
  const toAbsent = ({ key, resource }: Watch): AbsentWatch => {
    return { key, name: resource, meant: suggestResource(catalog, resource) };
  };
  return {
    watches: wanted
      .filter((watch) => !isAbsent(watch))
      .map((watch) => planWatch({ watch, projection: project(watch) }, view, catalog, clusterUid)),
    absent: wanted.filter(isAbsent).map(toAbsent),
  };
}

/** The same watch, of a resource whose versions can only be compared for equality. Its checkpoint and journal remain valid. */
export function toUnordered(watch: PlannedWatch): PlannedWatch {
  return {
    ...watch,
    target: { ...watch.target, unordered: true },
    tracked: { ...watch.tracked, unordered: true },
  };
}

/**
 * The watches of a pipeline on a cluster, in the file's order. Throws `InvalidConfiguration` (terminal) for a resource that
 * the cluster does not serve, with the one that was probably meant, and for a namespace of a cluster-scoped resource.
 * `project` decides how much of its objects a watch reads.
 */
export function planRelay(
  pipeline: Pipeline,
  catalog: Catalog,
  clusterUid: string,
  project: (watch: Watch) => Payload = toProjection,
): readonly PlannedWatch[] {
  const view = viewFromUid(pipeline, clusterUid);
  return requireWatches(view).map((watch) =>
    planWatch({ watch, projection: project(watch) }, view, catalog, clusterUid),
  );
}

function withOwnWatch(pipeline: Pipeline, watches: readonly Watch[]): readonly Watch[] {
  const own = planOwnWatch(pipeline);
  if (own === undefined || watches.some(({ key }) => key === own.key)) return watches;
  return [...watches, own];
}

function requireWatches(pipeline: Pipeline): readonly Watch[] {
  const watches = planWatches(pipeline);
  if (watches.length > 0) return watches;
  const { name } = pipeline.cluster;
  throw invalid(
    `the pipeline watches nothing in the cluster ${name}: it has no watch entries, and no rule that takes its changes (on.clusters)`,
  );
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
  const selectors = { labelSelector, fieldSelector };
  const reads = toReadProjection(watch, projection);
  const target: WatchTarget = { resource, namespace, ...selectors, projection: reads };
  return {
    key,
    name: watch.resource,
    target,
    delivery: watch.delivery,
    carriesDeleted: watch.carriesDeleted,
    ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
    tracked: {
      key,
      resource,
      selection: toCanonicalJson({
        ...target,
        namespaceSelector: watch.namespaceSelector,
      }),
      byNamespace: namespaceSelector !== undefined,
      initial: toInitial(watch),
      ...toCompared(watch),
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

function toCompared({ rules }: Watch): Pick<TrackedWatch, "compared"> {
  const compared = rules.flatMap(({ id, on: { changed } }) =>
    changed === undefined ? [] : [{ ruleId: id, fields: changed.fields }],
  );
  return compared.length === 0 ? {} : { compared };
}

/** An explicit entry wants all initial objects, for no particular rule. */
function toInitial(watch: Watch): TrackedWatch["initial"] {
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
