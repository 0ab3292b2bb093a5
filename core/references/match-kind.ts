import { toAsciiLower } from "../text/ascii.ts";
import type { Catalog, CatalogEntry } from "./catalog.ts";

/** How a type was named: by its kind or, if there is no kind, by its resource. */
export type TypeName =
  | { readonly by: "kind"; readonly text: string }
  | { readonly by: "resource"; readonly text: string };

const NONE: readonly CatalogEntry[] = [];

/**
 * All served versions of the type with that name, in one group or (undefined) in all groups.
 * A kind is compared exactly, then ignoring ASCII case, then as a resource name; the first comparison that matches decides.
 * A resource is compared as a resource name first. Short names and list kinds are not accepted.
 */
export function matchKind(
  catalog: Catalog,
  name: TypeName,
  group: string | undefined,
): readonly CatalogEntry[] {
  const inGroup = (entry: CatalogEntry): boolean => group === undefined || entry.group === group;
  const exact = (name.by === "kind" ? catalog.byKind.get(name.text) : undefined)?.filter(inGroup);
  if (exact !== undefined && exact.length > 0) return exact;
  const folded = toAsciiLower(name.text);
  const loose = catalog.byFoldedName.get(folded)?.filter(inGroup) ?? NONE;
  if (loose.length === 0) return loose;
  const byKind = loose.filter((entry) => toAsciiLower(entry.kind) === folded);
  const byResource = loose.filter((entry) => toAsciiLower(entry.resource) === folded);
  const [first, second] = name.by === "kind" ? [byKind, byResource] : [byResource, byKind];
  return first.length > 0 ? first : second;
}
