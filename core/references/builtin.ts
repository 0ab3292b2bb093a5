import type { ResourceType } from "../../events/change.ts";
import type { Catalog } from "./catalog.ts";
import { createCatalog } from "./create-catalog.ts";
import { findResource } from "./find-resource.ts";
import { toResourceName } from "./resource-name.ts";
import data from "./data/builtin.json" with { type: "json" };

/** [group, version, kind, resource, 1 if namespaced, first minor, last minor]; sorted within a group by preference. */
type Row = readonly [string, string, string, string, 0 | 1, number, number];

const rows = data.rows as unknown as readonly Row[];

/** Minor versions of Kubernetes 1 that the table knows, oldest first. The sources of the rows are in `data/README.md`. */
export const BUILTIN_MINORS: readonly number[] = Object.keys(data.sources).map(Number);

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
  const preferred = new Map<string, string>();
  const entries = rows
    .filter(([, , , , , first, last]) => first <= minor && minor <= last)
    .map(([group, version, kind, resource, namespaced]) => {
      if (!preferred.has(group)) preferred.set(group, version);
      return {
        group,
        version,
        kind,
        resource,
        namespaced: namespaced === 1,
        preferred: preferred.get(group) === version,
      };
    });
  const catalog = createCatalog(entries, "builtin");
  built.set(minor, catalog);
  return catalog;
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
