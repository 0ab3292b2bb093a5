import { toAsciiLower } from "../text/ascii.ts";
import type { Catalog, CatalogEntry } from "./catalog.ts";

/**
 * Builds the indexes of a catalog, in the order of `entries`. If no entry of a group is `preferred`, that order is the server's
 * order of preference. An entry that repeats an earlier one (same group, version, resource and kind) is left out.
 */
export function createCatalog(
  entries: readonly CatalogEntry[],
  source: Catalog["source"],
  unanswered: readonly string[] = [],
): Catalog {
  const seen = new Set<string>();
  const kept: CatalogEntry[] = [];
  const byKind = new Map<string, CatalogEntry[]>();
  const byFoldedName = new Map<string, CatalogEntry[]>();
  const groups = new Set<string>();
  for (const entry of entries) {
    const identity = JSON.stringify([entry.group, entry.version, entry.resource, entry.kind]);
    if (seen.has(identity)) continue;
    seen.add(identity);
    kept.push(entry);
    groups.add(entry.group);
    append(byKind, entry.kind, entry);
    const foldedKind = toAsciiLower(entry.kind);
    const foldedResource = toAsciiLower(entry.resource);
    append(byFoldedName, foldedKind, entry);
    if (foldedResource !== foldedKind) append(byFoldedName, foldedResource, entry);
  }
  return { source, entries: kept, byKind, byFoldedName, groups, unanswered };
}

function append(map: Map<string, CatalogEntry[]>, key: string, entry: CatalogEntry): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [entry]);
  else list.push(entry);
}
