import { isRawInteger } from "../../events/json.ts";

/** A JSON object: neither an array, nor null, nor an integer beyond 2^53 (`RawInteger`). */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !isRawInteger(value)
  );
}

/** An own property of any value; undefined if there is none. Inherited properties are never part of the content. */
export function readOwn(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The value at a path of own properties; undefined if there is none. Total on any JSON. */
export function readField(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce(readOwn, value);
}

/** The string entries of a map, such as labels and annotations; entries of other types are left out. */
export function readTextMap(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) return {};
  const texts = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return Object.fromEntries(texts);
}

/** The value if it is a list, else an empty list. */
export function readList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
