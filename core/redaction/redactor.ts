import type { KubernetesObject, ResourceType } from "../../events/change.ts";
import { toResourceName } from "../references/resource-name.ts";
import { redact, type Redacted } from "./redact.ts";
import type { FieldPattern } from "../json/field-pattern.ts";

/** What of a resource's objects never leaves the cluster, beside what of Secrets never does. */
export type Redaction = { readonly resource: string; readonly paths: readonly FieldPattern[] };

/** The redactions that a pipeline declares. */
export type DeclaredRedactions = { readonly redact: readonly Redaction[] };

/** What may leave the cluster of an object of a resource, by a pipeline. */
export type Redact = (
  object: KubernetesObject,
  resource: Pick<ResourceType, "group" | "resource">,
) => Redacted;

/** The redactor of a pipeline: Secrets' values always, and what `redact` names. */
export function createRedact(pipeline: DeclaredRedactions): Redact {
  return (object, resource) => redact(object, resource, findRedactedPaths(pipeline, resource));
}

/** What the pipeline names of a resource; of Secrets the built-in paths come on top. */
export function findRedactedPaths(
  { redact: redactions }: DeclaredRedactions,
  resource: Pick<ResourceType, "group" | "resource">,
): readonly FieldPattern[] {
  if (redactions.length === 0) return [];
  const name = toResourceName(resource);
  return redactions.flatMap((entry) => (entry.resource === name ? entry.paths : []));
}

/** Whether anything of such objects is kept in the cluster. */
export function hasRedactedPaths(
  pipeline: DeclaredRedactions,
  resource: Pick<ResourceType, "group" | "resource">,
): boolean {
  const isSecrets = resource.group === "" && resource.resource === "secrets";
  return isSecrets || findRedactedPaths(pipeline, resource).length > 0;
}
