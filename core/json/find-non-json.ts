const MAX_DEPTH = 40;
const MAX_VALUES = 100_000;

export type NonJson = { readonly path: readonly (string | number)[]; readonly message: string };

/**
 * The first place that YAML can express but JSON cannot, or that is not reasonable in a configuration: cycles through
 * aliases, NaN and infinities, dates, too many values. Total: it terminates on any value.
 */
export function findNonJson(value: unknown): NonJson | undefined {
  let count = 0;
  const visit = (item: unknown, path: readonly (string | number)[]): NonJson | undefined => {
    count += 1;
    if (count > MAX_VALUES) return { path: [], message: `more than ${MAX_VALUES} values` };
    if (path.length > MAX_DEPTH) {
      return { path: path.slice(0, 3), message: `nested more than ${MAX_DEPTH} deep` };
    }
    if (item === null || typeof item === "string" || typeof item === "boolean") return undefined;
    if (typeof item === "number" && Number.isFinite(item)) return undefined;
    if (Array.isArray(item)) {
      return firstOf(item.keys(), (index) => visit(item[index], [...path, index]));
    }
    if (isPlainObject(item)) {
      return firstOf(Object.keys(item), (key) => visit(item[key], [...path, key]));
    }
    return { path, message: "is not a JSON value" };
  };
  return visit(value, []);
}

function firstOf<T>(
  items: Iterable<T>,
  find: (item: T) => NonJson | undefined,
): NonJson | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** An object as JSON and YAML parsers create it. `isObject` would accept a Date or a Map too, which have no JSON form. */
function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
