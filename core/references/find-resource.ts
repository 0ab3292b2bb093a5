import { toAsciiLower } from "../text/ascii.ts";
import type { Catalog, CatalogEntry } from "./catalog.ts";

/**
 * A resource by the name that pipelines use: the plural, and the group after the first dot (`jobs.batch`, `pods`).
 * In the group's preferred version, else the next listed that has it. Exact: no kinds, no short names, no other group.
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

/** Longer names are no typing errors of a resource. */
const MAX_LENGTH = 128;

/**
 * What a user probably meant by a resource name that is not there: the right group, the plural of a kind, or a name at most
 * two letters away. For messages only; nothing is ever resolved by it.
 */
export function suggestResource(catalog: Catalog, name: string): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const wanted = toAsciiLower(name);
  const dot = wanted.indexOf(".");
  const stem = dot === -1 ? wanted : wanted.slice(0, dot);
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const entry of catalog.entries) {
    const full = entry.group === "" ? entry.resource : `${entry.resource}.${entry.group}`;
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

/** Levenshtein, two rows. */
function toDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Number.POSITIVE_INFINITY;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const substitute = a[row - 1] === b[column - 1] ? 0 : 1;
      current.push(
        Math.min(
          (previous[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (previous[column - 1] ?? 0) + substitute,
        ),
      );
    }
    previous = current;
  }
  return previous[b.length] ?? Number.POSITIVE_INFINITY;
}
