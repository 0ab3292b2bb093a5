import type { ReferenceResult } from "../../events/reference.ts";
import type { Catalog } from "../../core/references/catalog.ts";
import { explainReference } from "../../core/references/explain/explain.ts";
import { formatFieldPath, readFieldPath, type FieldPath } from "../../core/json/field-path.ts";
import { findPlaces } from "../../core/references/find-places.ts";
import { readOwn } from "../../core/json/read-json.ts";

/** The identity of an object with references, as it states it itself; null for a field that it lacks. */
export type ObjectName = {
  readonly apiVersion: string | null;
  readonly kind: string | null;
  readonly namespace: string | null;
  readonly name: string | null;
};

export type ExplainedReference = {
  readonly field: string;
  readonly reference: unknown;
  readonly result: ReferenceResult;
  readonly reasons: readonly string[];
};

/** Every reference of an object, or the one at `path`, each with its reasons. Empty if there is none, or nothing at that path. */
export function explainObject(
  object: unknown,
  path: FieldPath | undefined,
  catalog: Catalog,
): readonly ExplainedReference[] {
  const paths = path === undefined ? findPlaces(object).map((place) => place.path) : [path];
  return paths.flatMap((path) => {
    const place = readFieldPath(object, path);
    if (place === undefined) return [];
    const field = formatFieldPath(place.path);
    const input = { reference: place.value, carrier: object, field };
    const { result, reasons } = explainReference(input, catalog);
    return [{ field, reference: place.value, result, reasons }];
  });
}

export function toObjectName(object: unknown): ObjectName {
  const metadata = readOwn(object, "metadata");
  return {
    apiVersion: toText(readOwn(object, "apiVersion")),
    kind: toText(readOwn(object, "kind")),
    namespace: toText(readOwn(metadata, "namespace")),
    name: toText(readOwn(metadata, "name")),
  };
}

function toText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
