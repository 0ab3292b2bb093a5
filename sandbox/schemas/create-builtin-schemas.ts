import { isObject, readOwn } from "../../core/json/read-json.ts";
import { toApiVersion } from "../../core/references/api-version.ts";
import type { Catalog } from "../../core/references/catalog.ts";
import { findResource } from "../../core/references/find-resource.ts";
import { toResourceName } from "../../core/references/resource-name.ts";
import type { BuiltinSchemas } from "../../core/schemas/compact-type.ts";

const KINDS = "x-kubernetes-group-version-kind";
const REFERENCE = "#/components/schemas/";

/**
 * The types of a catalog's resources, in their preferred versions, from the OpenAPI v3 documents of an API server: names of fields and
 * their types, without descriptions, in the form that `core/schemas/compact-type.ts` reads. Sorted, so that the same API server always
 * gives the same data.
 */
export function createBuiltinSchemas(
  version: string,
  catalog: Catalog,
  documents: readonly unknown[],
): BuiltinSchemas {
  const components = Object.assign({}, ...documents.map(toComponents)) as Components;
  const resources: [string, string][] = [];
  const schemas = new Map<string, string>();
  for (const entry of catalog.entries) {
    const name = toResourceName(entry);
    if (findResource(catalog, name) !== entry) continue;
    const root = Object.keys(components).find((key) => isOfKind(components[key], entry));
    if (root === undefined) throw new Error(`no schema of ${name} in ${toApiVersion(entry)}`);
    resources.push([name, shorten(root)]);
    addSchema(root, components, schemas);
  }
  return {
    version,
    resources: Object.fromEntries(resources.toSorted(byName)),
    schemas: Object.fromEntries([...schemas].toSorted(byName)),
  };
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : Number(a > b);
}

type Components = Readonly<Record<string, unknown>>;

function toComponents(document: unknown): object {
  const schemas = readOwn(readOwn(document, "components"), "schemas");
  return isObject(schemas) ? schemas : {};
}

function isOfKind(
  schema: unknown,
  {
    group,
    version,
    kind,
  }: { readonly group: string; readonly version: string; readonly kind: string },
): boolean {
  const kinds = readOwn(schema, KINDS);
  return (
    Array.isArray(kinds) &&
    kinds.length === 1 &&
    readOwn(kinds[0], "group") === group &&
    readOwn(kinds[0], "version") === version &&
    readOwn(kinds[0], "kind") === kind
  );
}

/** Adds a schema that has fields, and those that it refers to. */
function addSchema(name: string, components: Components, schemas: Map<string, string>): void {
  const short = shorten(name);
  if (schemas.has(short)) return;
  schemas.set(short, "");
  const properties = readOwn(components[name], "properties");
  const fields = isObject(properties) ? Object.entries(properties) : [];
  const written = fields.map(
    ([field, schema]) => `${field}:${toCode(schema, components, schemas)}`,
  );
  schemas.set(short, written.toSorted().join(" "));
}

function toCode(schema: unknown, components: Components, schemas: Map<string, string>): string {
  if (!isObject(schema)) return "a";
  const target = findReferred(schema);
  // An API server accepts a number too, but always answers with text.
  if (target?.endsWith(".resource.Quantity") === true) return "s";
  if (target !== undefined) {
    const properties = readOwn(components[target], "properties");
    if (!isObject(properties)) return toCode(components[target], components, schemas);
    addSchema(target, components, schemas);
    return `@${shorten(target)}`;
  }
  if (schema["oneOf"] !== undefined || schema["format"] === "int-or-string") return "a";
  switch (schema["type"]) {
    case "string":
      return "s";
    case "integer":
      return "i";
    case "number":
      return "n";
    case "boolean":
      return "b";
    case "array":
      return `[${toCode(schema["items"], components, schemas)}`;
    case "object": {
      const values = schema["additionalProperties"];
      return isObject(values) ? `{${toCode(values, components, schemas)}` : "a";
    }
    default:
      return "a";
  }
}

function findReferred({
  $ref: direct,
  allOf,
}: Readonly<Record<string, unknown>>): string | undefined {
  const only: unknown = Array.isArray(allOf) && allOf.length === 1 ? allOf[0] : undefined;
  const written = direct ?? readOwn(only, "$ref");
  return typeof written === "string" && written.startsWith(REFERENCE)
    ? written.slice(REFERENCE.length)
    : undefined;
}

/** `batch.v1.Job` of `io.k8s.api.batch.v1.Job`. */
function shorten(name: string): string {
  return name.replace(/^io\.k8s\.(?:api\.|.*\.apis\.|.*\.pkg\.)/, "");
}
