import type { FanOutOperation } from "./fan-out.ts";

/** How many targets are named. */
export const NAMES_SHOWN = 10;

/** Describes what a fan-out would do, for people: `evict 37 Pods: shop/web-1, shop/web-2, and 35 more`. */
export function describeFanOut({ verb, collections, found }: FanOutOperation): string {
  const names = found.names.slice(0, NAMES_SHOWN);
  const rest = found.count - names.length;
  const more = rest > 0 ? [`and ${rest} more`] : [];
  return `${verb} ${describeCount(found.count, collections)}: ${[...names, ...more].join(", ")}`;
}

/** Why a fan-out does nothing, of all objects that its selectors select. */
export function describeNoTargets(
  { collections, filter }: Pick<FanOutOperation, "collections" | "filter">,
  { seen, unjudged }: { readonly seen: number; readonly unjudged: number },
): string {
  const [, kinds = "objects"] = /^\d+ (.+)$/.exec(describeCount(2, collections)) ?? [];
  if (seen === 0) return `there are no ${kinds} that the selectors select`;
  const why =
    unjudged === 0
      ? ""
      : `: ${unjudged} of them cannot be judged, because a field that where reads is missing`;
  const what = filter.type === "drain" ? "has to leave the Node" : "is a target";
  return `none of the ${describeCount(seen, collections)} ${what}${why}`;
}

/** `37 Pods`; `3 objects` if they are of several kinds; `37 Pods in cluster backup`. */
export function describeCount(count: number, collections: FanOutOperation["collections"]): string {
  const kinds = [...new Set(collections.map(({ kind }) => kind))];
  const [kind = "object"] = kinds.length === 1 ? kinds : [];
  const cluster = collections[0]?.cluster;
  const where = cluster === undefined ? "" : ` in cluster ${cluster}`;
  return `${count} ${count === 1 ? kind : toPlural(kind)}${where}`;
}

function toPlural(kind: string): string {
  if (/[^aeiou]y$/.test(kind)) return `${kind.slice(0, -1)}ies`;
  return /(?:s|x|ch)$/.test(kind) ? `${kind}es` : `${kind}s`;
}
