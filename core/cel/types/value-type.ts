/**
 * What is known of a value before evaluation. `any` means unknown; a `number` may be whole or not; `fields` have these keys and no
 * others, unless `open`; a `map` has any keys. `none` is the type of the items of an empty list.
 */
export type ValueType =
  | { readonly type: Scalar | "any" | "none" }
  | { readonly type: "list"; readonly items: ValueType }
  | { readonly type: "map"; readonly values: ValueType }
  /** Of `object.?field`. */
  | { readonly type: "optional"; readonly value: ValueType }
  | {
      readonly type: "fields";
      /** The name of the type, for people: `Job`, `PodSpec`. */
      readonly name: string;
      readonly keys: readonly string[];
      /** Undefined if there is no such field. */
      readonly find: (key: string) => ValueType | undefined;
      readonly open: boolean;
    };

export type Scalar =
  | "text"
  | "int"
  | "double"
  | "number"
  | "bool"
  | "bytes"
  | "timestamp"
  | "duration"
  | "uint"
  | "quantity"
  | "semver"
  | "ip"
  | "cidr"
  | "url"
  | "format"
  | "type"
  | "null";

export const ANY: ValueType = { type: "any" };
export const TEXT: ValueType = { type: "text" };
export const INT: ValueType = { type: "int" };
export const NUMBER: ValueType = { type: "number" };
export const DOUBLE: ValueType = { type: "double" };
export const BOOL: ValueType = { type: "bool" };
export const TIMESTAMP: ValueType = { type: "timestamp" };

export function toFields(
  name: string,
  fields: Readonly<Record<string, ValueType>>,
): Extract<ValueType, { type: "fields" }> {
  const keys = Object.keys(fields);
  const find = (key: string): ValueType | undefined =>
    Object.hasOwn(fields, key) ? fields[key] : undefined;
  return { type: "fields", name, keys, find, open: false };
}

/** The type of a value that has one of two types. */
export function joinTypes(a: ValueType, b: ValueType): ValueType {
  if (a.type === "none") return b;
  if (b.type === "none" || a === b) return a;
  if (a.type === "list" && b.type === "list") {
    return { type: "list", items: joinTypes(a.items, b.items) };
  }
  if (a.type === "optional" && b.type === "optional") {
    return { type: "optional", value: joinTypes(a.value, b.value) };
  }
  if (isNumeric(a) && isNumeric(b)) return a.type === b.type ? a : NUMBER;
  return a.type === b.type && isScalar(a) ? a : ANY;
}

/** The type in words, for messages. */
export function describeType(type: ValueType): string {
  return WORDS[type.type];
}

const WORDS: Readonly<Record<ValueType["type"], string>> = {
  any: "anything",
  none: "nothing",
  text: "text",
  int: "a whole number",
  double: "a double",
  number: "a number",
  bool: "true or false",
  bytes: "bytes",
  timestamp: "a timestamp",
  duration: "a duration",
  uint: "a whole number without a sign",
  quantity: "a quantity",
  semver: "a version",
  ip: "an IP address",
  cidr: "a range of addresses",
  url: "a URL",
  format: "a format",
  type: "a type",
  optional: "an optional",
  null: "null",
  list: "a list",
  map: "a map",
  fields: "fields",
};

export function isNumeric({ type }: ValueType): boolean {
  return type === "int" || type === "double" || type === "number";
}

export function isUnknown({ type }: ValueType): boolean {
  return type === "any" || type === "none" || type === "null";
}

const COMPOSED = new Set(["list", "map", "fields", "optional"]);

function isScalar({ type }: ValueType): boolean {
  return !COMPOSED.has(type);
}
