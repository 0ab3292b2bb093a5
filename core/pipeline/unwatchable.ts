import { findResource } from "../references/find-resource.ts";
import type { Catalog } from "../references/catalog.ts";
import type { Pipeline, PipelineIssue } from "./pipeline.ts";

/**
 * Built-in resources that answer a question or carry out a request, and are not stored, so that there is nothing to watch; and
 * componentstatuses, which can only be listed.
 */
const UNWATCHABLE: ReadonlySet<string> = new Set([
  "bindings",
  "componentstatuses",
  "localsubjectaccessreviews.authorization.k8s.io",
  "selfsubjectaccessreviews.authorization.k8s.io",
  "selfsubjectreviews.authentication.k8s.io",
  "selfsubjectrulesreviews.authorization.k8s.io",
  "subjectaccessreviews.authorization.k8s.io",
  "tokenreviews.authentication.k8s.io",
]);

type Fault = Pick<PipelineIssue, "message" | "hint">;

/** Why a built-in resource cannot be watched in any cluster; undefined if nothing speaks against it. */
export function findUnwatchable(resource: string): Fault | undefined {
  return UNWATCHABLE.has(resource) ? toFault(resource, "") : undefined;
}

/** The rules and watch entries whose resources a cluster serves, but not to be listed and watched. */
export function findUnwatchableIssues(
  { rules, watch }: Pick<Pipeline, "rules" | "watch">,
  catalog: Catalog,
): readonly PipelineIssue[] {
  const selections = [
    ...rules.map(({ on }, index) => ({ resource: on.resource, path: ["rules", index, "on"] })),
    ...watch.map(({ resource }, index) => ({ resource, path: ["watch", index] })),
  ];
  return selections.flatMap(({ resource, path }) =>
    findResource(catalog, resource)?.unwatchable === true
      ? [{ path: [...path, "resource"], ...toFault(resource, " in this cluster") }]
      : [],
  );
}

function toFault(resource: string, where: string): Fault {
  return {
    message: `${resource} cannot be listed and watched${where}, so no change would ever be reported`,
    hint: `kubectl api-resources -o wide shows the verbs of each resource: it needs list and watch`,
  };
}
