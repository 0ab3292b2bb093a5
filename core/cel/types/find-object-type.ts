import { isObject, readList, readOwn } from "../../json/read-json.ts";
import { toSchemaType } from "./schema-type.ts";
import { ANY, TEXT, toFields, type ValueType } from "./value-type.ts";

/** `version` undefined: the stored one of a CustomResourceDefinition, else the first one in the document. */
export type SchemaWanted = { readonly resource: string; readonly version?: string | undefined };

/**
 * The type of a resource's objects, from the first document that defines it: an OpenAPI v3 document of a group version
 * (`/openapi/v3/apis/batch/v1`) or a CustomResourceDefinition. Undefined if none does. Total on any JSON.
 */
export function findObjectType(
  documents: readonly unknown[],
  wanted: SchemaWanted,
): ValueType | undefined {
  for (const document of documents) {
    const found = findInCrd(document, wanted) ?? findInOpenApi(document, wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

function findInCrd(document: unknown, { resource, version }: SchemaWanted): ValueType | undefined {
  const spec = readOwn(document, "spec");
  const names = readOwn(spec, "names");
  if (readOwn(document, "kind") !== "CustomResourceDefinition") return undefined;
  if (`${String(readOwn(names, "plural"))}.${String(readOwn(spec, "group"))}` !== resource)
    return undefined;
  const versions = readList(readOwn(spec, "versions"));
  const served = versions.filter((one) => readOwn(one, "served") !== false);
  const chosen: unknown =
    version === undefined
      ? (served.find((one: unknown) => readOwn(one, "storage") === true) ?? served[0])
      : served.find((one: unknown) => readOwn(one, "name") === version);
  const schema = readOwn(readOwn(chosen, "schema"), "openAPIV3Schema");
  if (!isObject(schema)) return undefined;
  return toRoot(toSchemaType(schema, {}, String(readOwn(names, "kind"))));
}

/** The path of a collection, with or without a namespace. */
const COLLECTION =
  /^\/(?:api|apis\/(?<group>[^/]+))\/(?<version>[^/]+)\/(?:namespaces\/\{namespace\}\/)?(?<plural>[^/{}]+)$/;

function findInOpenApi(document: unknown, wanted: SchemaWanted): ValueType | undefined {
  const paths = readOwn(document, "paths");
  const components = readOwn(readOwn(document, "components"), "schemas");
  if (!isObject(paths) || !isObject(components)) return undefined;
  for (const [path, item] of Object.entries(paths)) {
    const { group, version, plural = "" } = COLLECTION.exec(path)?.groups ?? {};
    const name = group === undefined ? plural : `${plural}.${group}`;
    if (name !== wanted.resource) continue;
    if (wanted.version !== undefined && wanted.version !== version) continue;
    const kind = readOwn(
      readOwn(readOwn(item, "post") ?? readOwn(item, "get"), GROUP_VERSION_KIND),
      "kind",
    );
    const schema = Object.keys(components).find((key) =>
      isOfKind(components[key], { group: group ?? "", version, kind }),
    );
    if (schema === undefined) continue;
    return toRoot(toSchemaType(components[schema], components, String(kind)));
  }
  return undefined;
}

const GROUP_VERSION_KIND = "x-kubernetes-group-version-kind";

function isOfKind(
  schema: unknown,
  wanted: { readonly group: string; readonly version: string | undefined; readonly kind: unknown },
): boolean {
  const kinds = readOwn(schema, GROUP_VERSION_KIND);
  return (
    Array.isArray(kinds) &&
    kinds.some(
      (one: unknown) =>
        readOwn(one, "group") === wanted.group &&
        readOwn(one, "version") === wanted.version &&
        readOwn(one, "kind") === wanted.kind,
    )
  );
}

/** The fields that every object has, even if its schema does not list them. */
const ALWAYS = toFields("an object", { apiVersion: TEXT, kind: TEXT, metadata: ANY });

function toRoot(type: ValueType): ValueType {
  if (type.type !== "fields") return type;
  return {
    ...type,
    keys: [...new Set([...type.keys, ...ALWAYS.keys])],
    find: (key) => type.find(key) ?? ALWAYS.find(key),
  };
}
