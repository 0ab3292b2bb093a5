import { toAsciiLower } from "../text/ascii.ts";
import { countEdits } from "../text/suggest.ts";
import type { Catalog, CatalogEntry } from "./catalog.ts";
import { toResourceName } from "./resource-name.ts";

/**
 * A resource by the name that pipelines use: the plural, and the group after the first dot (`jobs.batch`, `pods`). In the
 * preferred version of the group, else the first listed one that has it. Exact: no kinds, short names or other groups.
 */
export function findResource(catalog: Catalog, name: string): CatalogEntry | undefined {
  const dot = name.indexOf(".");
  const resource = dot === -1 ? name : name.slice(0, dot);
  const group = dot === -1 ? "" : name.slice(dot + 1);
  if (dot !== -1 && group === "") return undefined;
  const served = catalog.byFoldedName
    .get(resource)
    ?.filter((entry) => entry.resource === resource && entry.group === group);
  return served?.find((entry) => entry.preferred) ?? served?.[0];
}

/** Longer names are not misspelled resources. */
const MAX_LENGTH = 128;

/**
 * What a user probably meant by an unknown resource name: the same name with its group, the plural of a kind, or a name at most
 * two edits away. For messages only; it is never used to resolve anything.
 */
export function suggestResource(catalog: Catalog, name: string): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const wanted = toAsciiLower(name);
  const dot = wanted.indexOf(".");
  const stem = dot === -1 ? wanted : wanted.slice(0, dot);
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const entry of catalog.entries) {
    const full = toResourceName(entry);
    const names = [full, entry.resource, toAsciiLower(entry.kind)];
    const distance = names.includes(stem)
      ? 0.5
      : Math.min(toDistance(wanted, full), toDistance(stem, entry.resource) + 0.25);
    if (distance < 3 && (best === undefined || distance < best.distance)) {
      best = { name: full, distance };
    }
  }
  return best?.name === name ? undefined : best?.name;
}

/** Infinite if the lengths alone are too far apart, so that few names of a large catalog are compared. */
function toDistance(a: string, b: string): number {
  return Math.abs(a.length - b.length) > 2 ? Number.POSITIVE_INFINITY : countEdits(a, b);
}
