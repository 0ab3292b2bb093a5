/** A JSON object: no array, no null. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An own property of whatever it is; undefined where there is none. What a value inherits is never its content. */
export function readOwn(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The value at a path of own properties; undefined where there is none. Total on any JSON. */
export function readField(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce(readOwn, value);
}

/** The entries of a map of strings, such as labels and annotations; others are left out. */
export function readTextMap(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) return {};
  const texts = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return Object.fromEntries(texts);
}

/** A list, or none. */
export function readList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
