import { isObject, readOwn } from "../../json/read-json.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The value without the field at this path of keys; the identical value if there is none. */
export function without(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined || !isObject(value) || !Object.hasOwn(value, key)) return value;
  if (rest.length === 0) {
    const { [key]: _left, ...others } = value;
    return others;
  }
  const before = value[key];
  const after = without(before, rest);
  return after === before ? value : { ...value, [key]: after };
}

/** The value with another one at this path of keys, if there is one. */
export function edit(
  value: unknown,
  [key, ...rest]: readonly string[],
  change: (field: unknown) => unknown,
): unknown {
  if (key === undefined) return change(value);
  if (!isObject(value) || !Object.hasOwn(value, key)) return value;
  return { ...value, [key]: edit(value[key], rest, change) };
}

/** The value with each item of the list at this path of keys changed; one that becomes undefined is left out. */
export function editItems(
  value: unknown,
  path: readonly string[],
  change: (item: unknown) => unknown,
): unknown {
  return edit(value, path, (list) =>
    Array.isArray(list)
      ? list.flatMap((item: unknown) => {
          const changed = change(item);
          return changed === undefined ? [] : [changed];
        })
      : list,
  );
}

/** A map without the keys that are chosen. */
export function withoutKeys(value: unknown, isLeft: (key: string) => boolean): unknown {
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !isLeft(key));
  return Object.fromEntries(kept);
}

/** A field of the value as a map; empty if it is none. */
export function readMap(value: unknown, key: string): Fields {
  const field = readOwn(value, key);
  return isObject(field) ? field : {};
}
