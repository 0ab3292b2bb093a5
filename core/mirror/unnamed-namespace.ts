import type { KubernetesObject, ResourceType } from "../../events/change.ts";
import { findMirror } from "../pipeline/mirror-rule.ts";
import type { Rule } from "../pipeline/pipeline.ts";
import { SYSTEM_NAMESPACES } from "../pipeline/system-namespaces.ts";
import { toResourceName } from "../references/resource-name.ts";

/** Namespaces that every cluster has of its own: one that is made equal to that of another cluster may cease to work. */
const OF_EVERY_CLUSTER: ReadonlySet<string> = new Set([...SYSTEM_NAMESPACES, "default"]);

/**
 * Why a rule on Namespaces does not mirror this one: it is one that every cluster has of its own, and the rule does not name it. It is named
 * by a field selector, or by the mapping of namespaces.
 */
export function findUnnamedNamespace(
  rule: Pick<Rule, "on" | "then">,
  { metadata: { name } }: KubernetesObject,
  type: ResourceType,
): string | undefined {
  if (toResourceName(type) !== "namespaces" || !OF_EVERY_CLUSTER.has(name)) return undefined;
  const selected = rule.on.fieldSelector?.split(",").map((term) => term.trim()) ?? [];
  if (selected.some((term) => /^metadata\.name\s*==?/.test(term))) return undefined;
  if (Object.hasOwn(findMirror(rule)?.namespaces ?? {}, name)) return undefined;
  return `a rule mirrors the namespace ${name} only if it names it: in fieldSelector, as metadata.name=${name}, or in namespaces of the mirror`;
}
