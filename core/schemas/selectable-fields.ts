import { isObject, readList, readOwn } from "../json/read-json.ts";

type Wanted = {
  readonly resource: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
};

const KINDS = "x-kubernetes-group-version-kind";

/**
 * The fields by which objects of a custom resource can be selected beside name and namespace, from the first OpenAPI v3 document or
 * CustomResourceDefinition that defines it; undefined if none does. Total on any JSON.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#crd-selectable-fields
 */
export function findSelectableFields(
  documents: readonly unknown[],
  wanted: Wanted,
): readonly string[] | undefined {
  for (const document of documents) {
    const found = findInDefinition(document, wanted) ?? findInOpenApi(document, wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

function findInDefinition(
  document: unknown,
  { resource, version }: Wanted,
): readonly string[] | undefined {
  if (readOwn(document, "kind") !== "CustomResourceDefinition") return undefined;
  const spec = readOwn(document, "spec");
  const plural = readOwn(readOwn(spec, "names"), "plural");
  if (`${String(plural)}.${String(readOwn(spec, "group"))}` !== resource) return undefined;
  const found = readList(readOwn(spec, "versions")).find((one) => readOwn(one, "name") === version);
  return toPaths(readOwn(found, "selectableFields"), "jsonPath");
}

function findInOpenApi(document: unknown, wanted: Wanted): readonly string[] | undefined {
  const schemas = readOwn(readOwn(document, "components"), "schemas");
  if (!isObject(schemas)) return undefined;
  const found = Object.values(schemas).find((schema) =>
    readList(readOwn(schema, KINDS)).some((one) =>
      (["group", "version", "kind"] as const).every((key) => readOwn(one, key) === wanted[key]),
    ),
  );
  return found === undefined
    ? undefined
    : toPaths(readOwn(found, "x-kubernetes-selectable-fields"), "fieldPath");
}

function toPaths(fields: unknown, key: string): readonly string[] {
  return readList(fields).flatMap((field) => {
    const path = readOwn(field, key);
    return typeof path === "string" ? [path.replace(/^\./, "")] : [];
  });
}
