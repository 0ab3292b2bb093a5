import { toAsciiLower } from "../text/ascii.ts";
import type { Catalog, CatalogEntry } from "./catalog.ts";

/** How a type was named. `resource` alone may stand for the kind. */
export type TypeName =
  | { readonly by: "kind"; readonly text: string }
  | { readonly by: "resource"; readonly text: string };

const NONE: readonly CatalogEntry[] = [];

/**
 * All served versions of the type that `name` names, in one group or (undefined) in all.
 * A kind: exact first, then apart from ASCII case, then as a resource name; the first that finds anything decides.
 * A resource: as a resource name first. Short names and list kinds name nothing.
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
