import type { FoundReference } from "../../events/reference.ts";
import type { Catalog } from "./catalog.ts";
import { formatFieldPath, readFieldPath, type FieldPath } from "../json/field-path.ts";
import { toRelation } from "./relation.ts";
import { resolveReference } from "./resolve.ts";

/** Resolves one place of an object, known reference field or not. undefined = there is nothing at that path. */
export function resolveField(
  object: unknown,
  path: FieldPath,
  catalog: Catalog,
): FoundReference | undefined {
  const place = readFieldPath(object, path);
  if (place === undefined) return undefined;
  const field = formatFieldPath(place.path);
  return {
    field,
    relation: toRelation(place.path, place.value),
    result: resolveReference({ reference: place.value, carrier: object, field }, catalog),
  };
}
