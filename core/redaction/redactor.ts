import type { KubernetesObject, ResourceType } from "../../events/change.ts";
import { toResourceName } from "../references/resource-name.ts";
import { redact, type Redacted } from "./redact.ts";
import type { FieldPattern } from "../json/field-pattern.ts";

/** Fields of a resource's objects that never leave the cluster, in addition to the values of Secrets. */
export type Redaction = { readonly resource: string; readonly paths: readonly FieldPattern[] };

/** The redactions that a pipeline declares. */
export type DeclaredRedactions = { readonly redact: readonly Redaction[] };

/** Reduces an object of a resource to what may leave the cluster according to a pipeline. */
export type Redact = (
  object: KubernetesObject,
  resource: Pick<ResourceType, "group" | "resource">,
) => Redacted;

/** The redactor of a pipeline: it removes the values of Secrets always, and what `redact` names. */
export function createRedact(pipeline: DeclaredRedactions): Redact {
  return (object, resource) => redact(object, resource, findRedactedPaths(pipeline, resource));
}

/** The paths that the pipeline names for a resource. The built-in paths of Secrets are not among them. */
export function findRedactedPaths(
  { redact: redactions }: DeclaredRedactions,
  resource: Pick<ResourceType, "group" | "resource">,
): readonly FieldPattern[] {
  if (redactions.length === 0) return [];
  const name = toResourceName(resource);
  return redactions.flatMap((entry) => (entry.resource === name ? entry.paths : []));
}

/** Whether any field of such objects is kept in the cluster. */
export function hasRedactedPaths(
  pipeline: DeclaredRedactions,
  resource: Pick<ResourceType, "group" | "resource">,
): boolean {
  const isSecrets = resource.group === "" && resource.resource === "secrets";
  return isSecrets || findRedactedPaths(pipeline, resource).length > 0;
}
