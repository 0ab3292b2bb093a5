import { ANY, BOOL, INT, NUMBER, TEXT, type ValueType } from "../cel/types/value-type.ts";

/**
 * The types of the built-in resources of one version of Kubernetes. A schema is its fields, `name:type`, separated by spaces. A type is
 * `s` (text), `i` (whole number), `n` (number), `b` (true or false), `a` (anything), `[` and the type of items, `{` and the type of
 * values, or `@` and the name of a schema.
 */
export type BuiltinSchemas = {
  readonly version: string;
  /** The name of the schema of each resource, in its preferred version. */
  readonly resources: Readonly<Record<string, string>>;
  readonly schemas: Readonly<Record<string, string>>;
};

/** The type of a resource's objects; undefined if the data has no such resource. Fields are read when they are looked up. */
export function findCompactType(data: BuiltinSchemas, resource: string): ValueType | undefined {
  if (!Object.hasOwn(data.resources, resource)) return undefined;
  return toType(`@${data.resources[resource]}`, data);
}

const SCALARS: Readonly<Record<string, ValueType>> = {
  s: TEXT,
  i: INT,
  n: NUMBER,
  b: BOOL,
  a: ANY,
};

function toType(code: string, data: BuiltinSchemas): ValueType {
  const rest = code.slice(1);
  switch (code.charAt(0)) {
    case "[":
      return { type: "list", items: toType(rest, data) };
    case "{":
      return { type: "map", values: toType(rest, data) };
    case "@":
      return toFieldsType(rest, data);
    default:
      return SCALARS[code] ?? ANY;
  }
}

function toFieldsType(name: string, data: BuiltinSchemas): ValueType {
  const written = data.schemas[name] ?? "";
  if (written === "") return ANY;
  const fields = new Map(
    written.split(" ").map((field): [string, string] => {
      const colon = field.lastIndexOf(":");
      return [field.slice(0, colon), field.slice(colon + 1)];
    }),
  );
  return {
    type: "fields",
    name: name.split(".").at(-1) ?? name,
    keys: [...fields.keys()],
    find: (key) => {
      const code = fields.get(key);
      return code === undefined ? undefined : toType(code, data);
    },
    open: false,
  };
}
