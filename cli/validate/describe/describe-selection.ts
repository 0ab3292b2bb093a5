import type { WatchSelection } from "../../../core/pipeline/pipeline.ts";

/** Says which resource is watched, and by which selectors. */
export function describeSelection(on: WatchSelection, metadataOnly: boolean): string {
  const selectors = [
    ...(on.labelSelector === undefined ? [] : [`with the labels ${on.labelSelector}`]),
    ...(on.fieldSelector === undefined ? [] : [`with the fields ${on.fieldSelector}`]),
  ];
  const selected = selectors.length === 0 ? "" : `, ${selectors.join(" and ")}`;
  const parts = metadataOnly ? "only their metadata is read" : "whole objects are read";
  return `Watches ${on.resource} ${describeNamespaces(on)}${selected}; ${parts}`;
}

function describeNamespaces({ namespaces, namespaceSelector }: WatchSelection): string {
  if (namespaceSelector !== undefined) return `in namespaces with the labels ${namespaceSelector}`;
  if (namespaces === undefined) return "in the whole cluster";
  return `in the namespace${namespaces.length === 1 ? "" : "s"} ${joinWords(namespaces, "and")}`;
}

/** `a, b and c`. */
export function joinWords(words: readonly string[], last: "and" | "or"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}
