import type { Catalog, CatalogEntry } from "../../../core/references/catalog.ts";
import { createCatalog } from "../../../core/references/create-catalog.ts";
import catalog124 from "./data/catalog-1.24.json" with { type: "json" };
import catalog136 from "./data/catalog-1.36.json" with { type: "json" };

/** A kind as the corpus adds it: the first version listed for a group is its preferred one. */
export type ExtraKind = Omit<CatalogEntry, "preferred">;
export type Served = "builtin-1.24" | "builtin-1.36" | { readonly extra: readonly ExtraKind[] };

export function toCatalog(served: Served, source: Catalog["source"] = "discovery"): Catalog {
  if (served === "builtin-1.24") return createCatalog(catalog124, source);
  if (served === "builtin-1.36") return createCatalog(catalog136, source);
  const preferred = new Map<string, string>();
  const extra = served.extra.map((kind) => {
    if (!preferred.has(kind.group)) preferred.set(kind.group, kind.version);
    return { ...kind, preferred: preferred.get(kind.group) === kind.version };
  });
  return createCatalog([...catalog136, ...extra], source);
}

/** `group/version Kind resources`, cluster-scoped with a trailing `!`. */
export function toExtra(...lines: readonly string[]): Served {
  return {
    extra: lines.map((line) => {
      const [apiVersion = "", kind = "", resource = "", scope] = line.split(" ");
      const [group = "", version = ""] = apiVersion.split("/");
      return { group, version, kind, resource, namespaced: scope !== "!" };
    }),
  };
}
