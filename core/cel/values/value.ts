import { isRawInteger } from "../../../events/json.ts";
import type { Failure } from "./failure.ts";

/*
 * Values of CEL in JavaScript. JSON is used as it is: nothing is copied, and an item or field is converted when it is read.
 *
 *   null, bool, string   null, boolean, string
 *   int                  a number if it is safe (up to 2^53), else a bigint; so equal ints are equal in JavaScript too
 *   double, uint         Double, Uint
 *   bytes                Uint8Array
 *   list                 an array, whose items may still be JSON: read them with `fromJson`
 *   map                  a plain object of JSON, or a MapValue
 *   type                 TypeValue
 *   all others           subclasses of Opaque
 */

/** A value of CEL; never undefined and never a Failure. */
export type Value = null | boolean | string | number | bigint | object;

/** The result of an evaluation step: a value, or why there is none. */
export type Answer = Value | Failure;

export class Double {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** A value of a type that only functions can look into: a time, a quantity, an optional. */
export abstract class Opaque {
  /** The name of the type, as `type(x)` gives it. */
  abstract readonly typeName: string;
  abstract equals(other: Value): boolean;
  /** The value as text, for people and for `string(x)`; undefined if the type has no text. */
  abstract toText(): string | undefined;
}

export class TypeValue {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A map that an expression has built. A key is found by equality, so that 1, 1u and 1.0 are one key. */
export class MapValue {
  readonly #entries = new Map<string, readonly [key: Value, value: Value]>();

  get size(): number {
    return this.#entries.size;
  }

  /** False if there is such a key already: it keeps its value. */
  add(key: Value, value: Value): boolean {
    const name = toKeyName(key);
    if (name === undefined || this.#entries.has(name)) return false;
    this.#entries.set(name, [key, value]);
    return true;
  }

  /** Undefined if there is no such key. */
  get(key: Value): Value | undefined {
    const name = toKeyName(key);
    return name === undefined ? undefined : this.#entries.get(name)?.[1];
  }

  entries(): Iterable<readonly [key: Value, value: Value]> {
    return this.#entries.values();
  }
}

/** Undefined if a value of this type cannot be a key. */
function toKeyName(key: Value): string | undefined {
  if (typeof key === "string") return `s${key}`;
  if (typeof key === "boolean" || typeof key === "number" || typeof key === "bigint") {
    return `v${key}`;
  }
  if (key instanceof Uint) return `v${key.value}`;
  return key instanceof Double && Number.isInteger(key.value) ? `v${BigInt(key.value)}` : undefined;
}

/** Whether a value may be the key of a map. */
export function isKey(key: Value): boolean {
  return ["string", "boolean", "number", "bigint"].includes(typeof key) || key instanceof Uint;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is an object of JSON, of which only own properties count. */
export function isFields(value: Value): value is Fields {
  if (typeof value !== "object" || value === null) return false;
  // An array, and any value of a class of ours, has another prototype.
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || (prototype === null && !isRawInteger(value));
}

/** The field of an object of JSON; null counts as absent, and what is absent is undefined. */
export function readField(fields: Fields, key: Value): Value | undefined {
  if (typeof key !== "string" || !Object.hasOwn(fields, key)) return undefined;
  return fields[key] ?? undefined;
}

export function isMap(value: Value): value is Fields | MapValue {
  return value instanceof MapValue || isFields(value);
}

export function isInt(value: Value): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

/** The name of a value's type, as CEL writes it. */
export function toTypeName(value: Value): string {
  if (value === null) return "null_type";
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  if (isInt(value)) return "int";
  if (value instanceof Double) return "double";
  if (Array.isArray(value)) return "list";
  if (value instanceof Opaque) return value.typeName;
  if (value instanceof Uint) return "uint";
  if (value instanceof Uint8Array) return "bytes";
  return value instanceof TypeValue ? "type" : "map";
}
