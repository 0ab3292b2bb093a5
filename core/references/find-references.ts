import type { FoundReference } from "../../events/reference.ts";
import type { Catalog } from "./catalog.ts";
import { formatFieldPath } from "../json/field-path.ts";
import { findPlaces } from "./find-places.ts";
import { resolveReference } from "./resolve.ts";

/** All references of an object, resolved, in the order of `findPlaces`. Never throws, bounded, pure. */
export function findReferences(object: unknown, catalog: Catalog): readonly FoundReference[] {
  return findPlaces(object).map(({ path, value, relation }) => {
    const field = formatFieldPath(path);
    const result = resolveReference({ reference: value, carrier: object, field }, catalog);
    return { field, relation, result };
  });
}
