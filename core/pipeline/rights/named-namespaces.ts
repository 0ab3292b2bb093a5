import { builtinCatalog } from "../../references/builtin.ts";
import type { Pipeline } from "../pipeline.ts";
import { planPermissions } from "./permissions.ts";

/** A namespace that a pipeline names, and the rules that name it; none if only an entry of `watch` does. */
export type NamedNamespace = { readonly name: string; readonly rules: readonly string[] };

/** No namespace has this name: what would be granted there is for Kubemend's own objects. */
const OWN = "";

/**
 * The namespaces that a pipeline names: to watch them, or to act in them. Those are the ones that it needs rights in; its own objects have a
 * namespace that the installation creates.
 */
export function findNamedNamespaces(pipeline: Pipeline): readonly NamedNamespace[] {
  const rulesOf = new Map<string, string[]>();
  for (const name of namespacesOf({ ...pipeline, rules: [] })) rulesOf.set(name, []);
  for (const rule of pipeline.rules) {
    for (const name of namespacesOf({ ...pipeline, rules: [rule], watch: [] })) {
      rulesOf.set(name, [...(rulesOf.get(name) ?? []), rule.id]);
    }
  }
  return [...rulesOf].map(([name, rules]) => ({ name, rules }));
}

function namespacesOf(pipeline: Pipeline): ReadonlySet<string> {
  const lease = { namespace: OWN, name: "relay" };
  const permissions = planPermissions(pipeline, builtinCatalog(), { recordNamespace: OWN, lease });
  const grants = Object.values(permissions).flat();
  return new Set(
    grants.flatMap(({ namespace }) => (namespace === null || namespace === OWN ? [] : [namespace])),
  );
}
