import type { MirrorParameters } from "./mirror-parameters.ts";

/** Resources whose deletion deletes more: all objects of a namespace, all objects of a kind, or data. */
const HOLDS_OTHERS: ReadonlySet<string> = new Set([
  "namespaces",
  "customresourcedefinitions.apiextensions.k8s.io",
  "persistentvolumeclaims",
  "persistentvolumes",
]);

/** Everything in a copy of it is lost if the copy is deleted, so the copy stays unless the rule says otherwise. */
export function holdsOthers(resource: string): boolean {
  return HOLDS_OTHERS.has(resource);
}

/** The fate of a copy whose source is gone, or has left the rule. */
export function toCopyFate(
  { delete: deleted, left }: Pick<MirrorParameters, "delete" | "left">,
  source: "gone" | "left",
): "delete" | "keep" {
  const ofGone = deleted === "keep" ? "keep" : "delete";
  return source === "left" ? (left ?? ofGone) : ofGone;
}
