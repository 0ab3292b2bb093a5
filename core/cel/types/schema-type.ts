import { isObject } from "../../json/read-json.ts";
import { ANY, BOOL, INT, NUMBER, TEXT, type ValueType } from "./value-type.ts";

type Schema = Readonly<Record<string, unknown>>;

/** Schemas by name, to which others refer. */
export type Components = Readonly<Record<string, unknown>>;

const REFERENCE = "#/components/schemas/";
/** Longest chain of schemas that only refer to others. */
const MAX_HOPS = 20;

/**
 * The type of a JSON value by an OpenAPI v3 schema, or by a custom resource's structural schema. Total on any JSON, and never
 * narrower than the schema: int-or-string, quantities, raw extensions, preserved unknown fields and everything else that is not
 * simple is `any`. Fields are converted when they are looked up, because schemas may refer to themselves.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export function toSchemaType(
  schema: unknown,
  components: Components,
  name: string,
  hops = 0,
): ValueType {
  if (!isObject(schema) || hops > MAX_HOPS) return ANY;
  const target = findReferred(schema);
  if (target !== undefined) {
    const found = Object.hasOwn(components, target) ? components[target] : undefined;
    return toSchemaType(found, components, target.split(".").at(-1) ?? target, hops + 1);
  }
  if (isFree(schema)) return ANY;
  switch (schema["type"]) {
    // Also times and bytes: in JSON, and so in CEL, they are text.
    case "string":
      return TEXT;
    case "integer":
      return INT;
    case "number":
      return NUMBER;
    case "boolean":
      return BOOL;
    case "array":
      return { type: "list", items: toSchemaType(schema["items"], components, name, hops + 1) };
    case "object":
      return toObjectType(schema, components, name, hops);
    default:
      return ANY;
  }
}

/** `$ref`, also as the only entry of allOf, which is how kube-apiserver combines it with a default or a description. */
function findReferred(schema: Schema): string | undefined {
  const { $ref: direct, allOf } = schema;
  const only: unknown = Array.isArray(allOf) && allOf.length === 1 ? allOf[0] : undefined;
  const written = direct ?? (isObject(only) ? only["$ref"] : undefined);
  if (typeof written !== "string" || !written.startsWith(REFERENCE)) return undefined;
  return written.slice(REFERENCE.length);
}

/** Whether a value may have several types, or any type. */
function isFree(schema: Schema): boolean {
  return (
    schema["x-kubernetes-int-or-string"] === true ||
    schema["format"] === "int-or-string" ||
    schema["oneOf"] !== undefined ||
    schema["anyOf"] !== undefined ||
    schema["allOf"] !== undefined ||
    schema["x-kubernetes-embedded-resource"] === true
  );
}

function toObjectType(
  schema: Schema,
  components: Components,
  name: string,
  hops: number,
): ValueType {
  const { properties, additionalProperties } = schema;
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (isObject(properties) && Object.keys(properties).length > 0) {
    return {
      type: "fields",
      name,
      keys: Object.keys(properties),
      find: (key) =>
        Object.hasOwn(properties, key)
          ? toSchemaType(properties[key], components, `${name}.${key}`)
          : undefined,
      open: open || (additionalProperties !== undefined && additionalProperties !== false),
    };
  }
  if (!isObject(additionalProperties) || open) return ANY;
  return { type: "map", values: toSchemaType(additionalProperties, components, name, hops + 1) };
}
