import { isRawInteger, toRawInteger } from "../../../events/json.ts";
import { charge, chargeText } from "./meter.ts";
import { toCanonicalInt, isInt64 } from "./integer.ts";
import { Double, isFields, MapValue, Opaque, TypeValue, Uint, type Value } from "./value.ts";

/**
 * A value of JSON as one of CEL. Lists and objects stay as they are, and a value of CEL too, so it does no harm to ask twice.
 * A whole number is an int, as in Kubernetes, and so is an integer of 64 bits beyond 2^53; other numbers are doubles.
 */
export function fromJson(value: unknown): Value {
  if (typeof value === "string") return value;
  if (typeof value === "object") {
    if (value === null) return null;
    return isRawInteger(value) ? toInteger(value.rawJSON) : value;
  }
  if (typeof value === "number") {
    // Adding 0 makes -0 an ordinary 0.
    return Number.isSafeInteger(value) ? value + 0 : new Double(value);
  }
  return typeof value === "boolean" || typeof value === "bigint" ? value : null;
}

/** An int if it fits into 64 bits, as in the CEL of Kubernetes; otherwise a double. */
function toInteger(digits: string): Value {
  const integer = BigInt(digits);
  return isInt64(integer) ? toCanonicalInt(integer) : new Double(Number(digits));
}

/**
 * A result as JSON-like JavaScript: ints with all their digits, times and addresses as text. Throws an Error if it contains a value of a
 * type without text, such as a quantity, and a BudgetError if its texts have a million characters: whoever takes it writes it somewhere.
 */
export function toJavaScript(value: Value): unknown {
  charge(1);
  if (typeof value === "bigint") return toRawInteger(value);
  if (typeof value === "string") charge(value.length);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Double) return value.value;
  if (value instanceof Uint) return toJavaScript(toCanonicalInt(value.value));
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map((item: unknown) => toJavaScript(fromJson(item)));
  if (value instanceof TypeValue) return value.name;
  if (value instanceof Opaque) return value.toText() ?? refuseResult(value.typeName);
  const entries = Array.from(toEntries(value), ([key, item]): [string, unknown] => [
    toKeyText(key),
    toJavaScript(item),
  ]);
  return Object.fromEntries(entries);
}

function refuseResult(typeName: string): never {
  throw new Error(
    `a value of type ${typeName} is no value of a field: use a function that gives a text or a number`,
  );
}

function toKeyText(key: Value): string {
  if (key instanceof Uint) return String(key.value);
  if (typeof key === "object") return "";
  const text = String(key);
  chargeText(text.length);
  return text;
}

/** The entries of a map, in its order. */
export function* toEntries(map: Value): Generator<readonly [key: Value, value: Value], void> {
  if (map instanceof MapValue) {
    yield* map.entries();
  } else if (isFields(map)) {
    for (const key of Object.keys(map)) yield [key, fromJson(map[key])];
  }
}

/** The number of entries of a map. */
export function countEntries(map: Value): number {
  return map instanceof MapValue ? map.size : Object.keys(map as object).length;
}
