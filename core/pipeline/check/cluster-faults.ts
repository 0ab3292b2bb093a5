import type { Catalog } from "../../references/catalog.ts";
import { findResource, suggestResource } from "../../references/find-resource.ts";
import { findSelectableFields } from "../../schemas/selectable-fields.ts";
import type { Pipeline, PipelineIssue, WatchSelection } from "../pipeline.ts";
import { findUnwatchableIssues } from "../unwatchable.ts";
import { toTypedResources } from "./acted-resources.ts";
import { findFieldSelectorFault, supportedFieldsOf } from "./parameters/field-selectors.ts";

/** The resources that a cluster serves, and the OpenAPI documents of those that a pipeline names. */
export type ClusterFacts = { readonly catalog: Catalog; readonly documents: readonly unknown[] };

/**
 * The faults of a pipeline in one cluster: resources that it cannot list and watch, or does not serve although it serves one with nearly
 * the same name, and fields by which it does not select custom resources. A resource that is not served may be installed later.
 */
export function findClusterFaults(
  pipeline: Pick<Pipeline, "rules" | "watch">,
  facts: ClusterFacts,
): readonly PipelineIssue[] {
  const selections = [
    ...pipeline.rules.map(({ on }, index) => ({ on, path: ["rules", index, "on"] })),
    ...pipeline.watch.map((on, index) => ({ on, path: ["watch", index] })),
  ];
  return [
    ...findUnwatchableIssues(pipeline, facts.catalog),
    ...selections.flatMap(({ on, path }) => [
      ...findMisspelt(on, [...path, "resource"], facts.catalog),
      ...findUnselectable(on, [...path, "fieldSelector"], facts),
    ]),
  ];
}

/** The resources that a pipeline names and that a cluster does not serve now. They may be installed later, so that is no fault. */
export function findUnserved(
  { rules, watch }: Pick<Pipeline, "rules" | "watch">,
  catalog: Catalog,
): readonly { readonly rule?: string; readonly message: string }[] {
  const isUnserved = (resource: string): boolean => findResource(catalog, resource) === undefined;
  const describe = (resource: string, effect: string): string => {
    const near = suggestResource(catalog, resource);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    return `the cluster does not serve ${resource}, so ${effect} until it does${hint}`;
  };
  return [
    ...rules.flatMap((rule) =>
      toTypedResources(rule)
        .filter(isUnserved)
        .map((resource) => {
          const effect =
            resource === rule.on.resource ? "nothing of it matches" : "nothing can be done to it";
          return { rule: rule.id, message: describe(resource, effect) };
        }),
    ),
    ...watch
      .filter(({ resource }) => isUnserved(resource))
      .map(({ resource }) => ({ message: describe(resource, "nothing of it is sent") })),
  ];
}

function findMisspelt(
  { resource }: WatchSelection,
  path: PipelineIssue["path"],
  catalog: Catalog,
): readonly PipelineIssue[] {
  if (findResource(catalog, resource) !== undefined) return [];
  const near = suggestResource(catalog, resource);
  const group = resource.slice(resource.indexOf(".") + 1);
  if (near === undefined || near.slice(near.indexOf(".") + 1) !== group) return [];
  const message = `the cluster does not serve ${resource}`;
  return [{ path, message, hint: `did you mean ${near}?` }];
}

function findUnselectable(
  on: WatchSelection,
  path: PipelineIssue["path"],
  { catalog, documents }: ClusterFacts,
): readonly PipelineIssue[] {
  const entry = findResource(catalog, on.resource);
  if (on.fieldSelector === undefined || entry === undefined) return [];
  if (supportedFieldsOf(on.resource) !== undefined) return [];
  const own = findSelectableFields(documents, { ...entry, resource: on.resource });
  if (own === undefined) return [];
  const always = ["metadata.name", "metadata.namespace"];
  const fault = findFieldSelectorFault(on, [...always, ...own]);
  return fault === undefined ? [] : [{ path, ...fault }];
}
