import { Failure } from "../values/failure.ts";
import { includes, isEqual } from "../values/equality.ts";
import { fromJson } from "../values/json.ts";
import { charge } from "../values/meter.ts";
import { compare } from "../values/order.ts";
import { NONE, Optional } from "../values/optional.ts";
import { Duration } from "../values/time.ts";
import { Double, isInt, toTypeName, Uint, type Answer, type Value } from "../values/value.ts";
import { add } from "./arithmetic.ts";
import { fail, onList, take, takeFrom, type CelFunction, type Library } from "./function.ts";

type List = readonly unknown[];

/**
 * https://github.com/kubernetes/kubernetes/blob/v1.36.3/staging/src/k8s.io/apiserver/pkg/cel/library/lists.go and
 * https://github.com/google/cel-go/blob/v0.26.0/ext/lists.go
 */
export const LISTS: Library = {
  ".sum": onList(sum),
  ".min": onList((list) => findExtreme(list, "min", (order) => order > 0)),
  ".max": onList((list) => findExtreme(list, "max", (order) => order < 0)),
  ".isSorted": onList(isSorted),
  ".sort": onList((list) => sortBy(list, list)),
  ".indexOf": find((list, item) => list.findIndex((one) => isEqual(fromJson(one), item))),
  ".lastIndexOf": find((list, item) => list.findLastIndex((one) => isEqual(fromJson(one), item))),
  ".reverse": onList((list) => copy(list).toReversed()),
  ".distinct": onList(distinct),
  ".flatten": takeFrom(1, 2, (list, depth = 1) => {
    if (!Array.isArray(list) || !isInt(depth)) return undefined;
    return depth < 0
      ? fail("a list is flattened by 0 levels or more")
      : flatten(list as List, Number(depth));
  }),
  ".slice": take(3, slice),
  ".first": onList((list) => (list.length === 0 ? NONE : new Optional(fromJson(list[0])))),
  ".last": onList((list) => (list.length === 0 ? NONE : new Optional(fromJson(list.at(-1))))),
  "lists.range": take(1, (count) => {
    if (!isInt(count)) return undefined;
    charge(Math.max(Number(count), 0));
    return Array.from({ length: Math.max(Number(count), 0) }, (_, index) => index);
  }),
  "sets.contains": compareSets((left, right) => isSubset(right, left)),
  "sets.equivalent": compareSets((left, right) => isSubset(left, right) && isSubset(right, left)),
  "sets.intersects": compareSets((left, right) =>
    left.some((item) => includes(right, fromJson(item)) === true),
  ),
};

function copy(list: List): List {
  charge(list.length);
  return list;
}

function sum(list: List): Answer | undefined {
  charge(list.length);
  let total: Answer | undefined = list.length === 0 ? 0 : undefined;
  for (const item of list) {
    const value = fromJson(item);
    const isSummable =
      isInt(value) || value instanceof Double || value instanceof Uint || value instanceof Duration;
    if (!isSummable) return undefined;
    total = total === undefined ? value : add(total, value);
    if (total === undefined || total instanceof Failure) return total;
  }
  return total;
}

function findExtreme(
  list: List,
  name: string,
  isWorse: (order: number) => boolean,
): Answer | undefined {
  charge(list.length);
  if (list.length === 0) return fail(`an empty list has no ${name}`);
  let best = fromJson(list[0]);
  if (compare(best, best) === undefined) return undefined;
  for (const item of list.slice(1)) {
    const value = fromJson(item);
    const order = compare(best, value);
    if (order === undefined) return undefined;
    if (isWorse(order)) best = value;
  }
  return best;
}

function isSorted(list: List): Answer | undefined {
  charge(list.length);
  let previous: Value = null;
  for (const [index, item] of list.entries()) {
    const value = fromJson(item);
    const order = compare(index === 0 ? value : previous, value);
    if (order === undefined) return undefined;
    if (order > 0) return false;
    previous = value;
  }
  return true;
}

/** The list in the order of its keys, which are all of one type; equal ones keep their order. */
export function sortBy(list: List, keys: List): Answer | undefined {
  // A comparison costs one step and its characters; there are n log n of them.
  charge(list.length * Math.ceil(Math.log2(list.length + 1)));
  const pairs = list.map((item, index) => ({ item: fromJson(item), key: fromJson(keys[index]) }));
  const [first] = pairs;
  if (first === undefined) return [];
  if (compare(first.key, first.key) === undefined) return undefined;
  const type = toTypeName(first.key);
  if (pairs.some(({ key }) => toTypeName(key) !== type))
    return fail("a list is sorted only if all its values have one type");
  return pairs.toSorted((a, b) => compare(a.key, b.key) ?? 0).map(({ item }) => item);
}

function find(search: (list: List, item: Value) => number): CelFunction {
  return take(2, (list, item) => {
    if (!Array.isArray(list)) return undefined;
    charge(list.length);
    return search(list as List, item);
  });
}

function distinct(list: List): Answer {
  const found: Value[] = [];
  for (const item of list) {
    const value = fromJson(item);
    if (includes(found, value) !== true) found.push(value);
  }
  return found;
}

function flatten(list: List, depth: number): readonly Value[] {
  charge(list.length);
  return list.flatMap((item) => {
    const value = fromJson(item);
    return Array.isArray(value) && depth > 0 ? flatten(value as List, depth - 1) : [value];
  });
}

function slice(list: Value, from: Value, to: Value): Answer | undefined {
  if (!Array.isArray(list) || !isInt(from) || !isInt(to)) return undefined;
  if (from < 0 || from > to || to > list.length) {
    return fail(`a list of ${list.length} items has no part from ${from} to ${to}`);
  }
  charge(Number(to) - Number(from));
  return (list as List).slice(Number(from), Number(to));
}

function compareSets(test: (left: List, right: List) => boolean): CelFunction {
  return take(2, (left, right) =>
    Array.isArray(left) && Array.isArray(right) ? test(left as List, right as List) : undefined,
  );
}

function isSubset(part: List, whole: List): boolean {
  return part.every((item) => includes(whole, fromJson(item)) === true);
}
