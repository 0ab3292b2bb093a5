import { readOwn } from "./read-json.ts";

/** Elements of a list that are found by some of their fields, as a list map of the API server is. */
type KeyedElements<T> = {
  /** The first element with the same keys; a key that either of the two lacks counts as the same, because the API server fills it in. */
  readonly find: (item: unknown) => T | undefined;
};

/** The most ways in which elements may lack keys: each way is a look-up of its own, and no API server stores more than one or two. */
const SHAPES_MAX = 16;

type Entry<T> = { readonly index: number; readonly value: T };

/** Elements that have the same keys and lack the same ones, by the values of those that another element has, too. */
type Shape<T> = {
  readonly has: readonly string[];
  readonly entries: Entry<T>[];
  readonly items: unknown[];
  readonly byKeys: Map<string, ReadonlyMap<string, Entry<T>>>;
};

/**
 * Indexes elements once, so that finding all of them takes time in proportion to their number. `toItem` gives the part of an element that
 * has the keys.
 */
export function indexByKeys<T>(
  elements: readonly T[],
  keys: readonly string[],
  toItem: (element: T) => unknown,
): KeyedElements<T> {
  const shapes = new Map<string, Shape<T>>();
  for (const [index, value] of elements.entries()) {
    const item = toItem(value);
    const has = findKeys(item, keys);
    const name = JSON.stringify(has);
    const shape: Shape<T> = shapes.get(name) ?? { has, entries: [], items: [], byKeys: new Map() };
    if (!shapes.has(name) && shapes.size === SHAPES_MAX) continue;
    shapes.set(name, shape);
    shape.entries.push({ index, value });
    shape.items.push(item);
  }
  return {
    find(item) {
      const has = new Set(findKeys(item, keys));
      let first: Entry<T> | undefined;
      for (const shape of shapes.values()) {
        const common = shape.has.filter((key) => has.has(key));
        const found = indexShape(shape, common).get(toKey(item, common));
        if (found !== undefined && (first === undefined || found.index < first.index)) {
          first = found;
        }
      }
      return first?.value;
    },
  };
}

/** Elements of one shape by the values of these keys; made when it is first asked for. */
function indexShape<T>(shape: Shape<T>, keys: readonly string[]): ReadonlyMap<string, Entry<T>> {
  const name = JSON.stringify(keys);
  const known = shape.byKeys.get(name);
  if (known !== undefined) return known;
  const made = new Map<string, Entry<T>>();
  for (const [at, entry] of shape.entries.entries()) {
    const key = toKey(shape.items[at], keys);
    if (!made.has(key)) made.set(key, entry);
  }
  shape.byKeys.set(name, made);
  return made;
}

function findKeys(item: unknown, keys: readonly string[]): readonly string[] {
  return keys.filter((key) => readOwn(item, key) !== undefined);
}

function toKey(item: unknown, keys: readonly string[]): string {
  return JSON.stringify(keys.map((key) => readOwn(item, key)));
}
