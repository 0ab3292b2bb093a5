import type { ResourceType } from "../../events/change.ts";
import type { Catalog, CatalogEntry } from "./catalog.ts";
import { createCatalog } from "./create-catalog.ts";
import { findResource } from "./find-resource.ts";
import { toResourceName } from "./resource-name.ts";
import data from "./data/builtin.json" with { type: "json" };

/** [version, kind, resource, 1 if namespaced, first minor, last minor]; sorted by preference. */
type Row = readonly [string, string, string, 0 | 1, number?, number?];

const groups = data.groups as unknown as readonly (readonly [string, readonly Row[]])[];

/** Minor versions of Kubernetes 1 that the table knows, oldest first. The sources of the rows are in `data/README.md`. */
export const BUILTIN_MINORS: readonly number[] = data.minors;

const OLDEST_MINOR = 24;
const NEWEST_MINOR = 36;
const built = new Map<number, Catalog>();

/**
 * What Kubernetes 1.`minor` serves by default: no alpha versions, no beta versions that are off by default, no custom
 * resources. Undefined if the table does not know the version.
 */
export function builtinCatalogOf(minor: number): Catalog | undefined {
  if (!BUILTIN_MINORS.includes(minor)) return undefined;
  const known = built.get(minor);
  if (known !== undefined) return known;
  const entries = groups.flatMap(([group, rows]) => toEntries(group, rows, minor));
  const catalog = createCatalog(entries, "builtin");
  built.set(minor, catalog);
  return catalog;
}

function toEntries(group: string, rows: readonly Row[], minor: number): readonly CatalogEntry[] {
  const served = rows.filter(
    ([, , , , first = OLDEST_MINOR, last = NEWEST_MINOR]) => first <= minor && minor <= last,
  );
  return served.map(([version, kind, resource, namespaced]) => {
    const preferred = version === served[0]?.[0];
    return { group, version, kind, resource, namespaced: namespaced === 1, preferred };
  });
}

/** Whether a resource is built into any of these versions of Kubernetes. */
export function isBuiltin(resource: Pick<ResourceType, "group" | "resource">): boolean {
  const name = toResourceName(resource);
  return allMinors().some((catalog) => findResource(catalog, name) !== undefined);
}

function allMinors(): readonly Catalog[] {
  return BUILTIN_MINORS.flatMap((minor) => builtinCatalogOf(minor) ?? []);
}

/** The newest table: Kubernetes 1.36. */
export function builtinCatalog(): Catalog {
  return builtinCatalogOf(NEWEST_MINOR) ?? createCatalog([], "builtin");
}
