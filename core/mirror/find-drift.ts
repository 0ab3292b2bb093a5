import { isRawInteger, readBoundedJson } from "../../events/json.ts";
import { indexByKeys } from "../json/find-by-keys.ts";
import { isObject, readField, readList, readOwn } from "../json/read-json.ts";
import { readAppliedFields } from "../operations/managed-fields.ts";
import { readQuantity } from "../text/quantity.ts";
import type { Manifest } from "./manifest.ts";

/** A field of a copy that is not as it is to be. `live` is undefined if it is not there. */
export type Difference = {
  /** Keys of maps and places in lists, from the root. */
  readonly path: readonly (string | number)[];
  readonly desired: unknown;
  readonly live: unknown;
  /** Somebody else has written it, as `metadata.managedFields` says: server-side apply without force would be a conflict. */
  readonly isForeign?: true;
};

/** More say no more: the copy is written as a whole. */
const DIFFERENCES_MAX = 100;

/**
 * The fields of a copy that differ from what is to be applied. Fields that the copy has besides are none: the API server, controllers and
 * people of the target add their own, and server-side apply leaves them. A field that Kubemend applied before and that is no longer to be
 * there comes with another resourceVersion of the source, or with other parameters of the rule, and these are annotations.
 *
 * A list whose elements have keys of their own is compared by them. The API server knows which lists those are, and says so in
 * `metadata.managedFields`, so `live` should have it; without it, lists are compared by `name` where each element has one.
 */
export function findDrift(desired: Manifest, live: unknown): readonly Difference[] {
  const { metadata, ...body } = desired;
  const { labels, annotations, ownerReferences, name: _name, namespace: _ns, ...rest } = metadata;
  const found: Difference[] = [];
  const owned = readAppliedFields(live);
  const compareAt = (path: readonly string[], value: unknown): void => {
    const fields = path.reduce(toOwnedField, owned);
    compare(value, readField(live, ...path), { path, owned: fields, found });
  };
  for (const [key, value] of Object.entries(body)) compareAt([key], value);
  for (const [key, value] of Object.entries(rest)) compareAt(["metadata", key], value);
  compareAt(["metadata", "labels"], labels);
  compareAt(["metadata", "annotations"], annotations);
  compareOwners(ownerReferences ?? [], live, found);
  return found;
}

/** The parts of a status that differ from what is to be applied. */
export function findStatusDrift(status: unknown, live: unknown): readonly Difference[] {
  const found: Difference[] = [];
  const owned = toOwnedField(readAppliedFields(live, "status"), "status");
  compare(status, readOwn(live, "status"), { path: ["status"], owned, found });
  return found;
}

type At = {
  readonly path: readonly (string | number)[];
  /** The part of it that Kubemend owns in the live object, as in fieldsV1; undefined if it owns nothing of it. */
  readonly owned: unknown;
  readonly found: Difference[];
};

function compare(desired: unknown, live: unknown, at: At): void {
  if (at.found.length >= DIFFERENCES_MAX || isAbsent(desired)) return;
  if (Array.isArray(desired)) return compareLists(desired, live, at);
  if (!isObject(desired)) {
    if (!isSame(desired, live, at.path)) add(at, desired, live);
    return;
  }
  if (isEmpty(desired) && (live === undefined || live === null)) return;
  if (!isObject(live)) return add(at, desired, live);
  const isWhole = isLeaf(at.owned);
  for (const [key, value] of Object.entries(desired)) {
    const owned = isWhole ? at.owned : readOwn(at.owned, `f:${key}`);
    compare(value, readOwn(live, key), { ...at, path: [...at.path, key], owned });
  }
}

function compareLists(desired: readonly unknown[], live: unknown, at: At): void {
  if (desired.length === 0 && (live === undefined || live === null)) return;
  if (!Array.isArray(live)) return add(at, desired, live);
  const list: readonly unknown[] = live;
  const kind = toListKind(desired, at.owned);
  switch (kind.type) {
    case "whole":
      if (desired.length !== list.length) return add(at, desired, live);
      for (const [index, item] of desired.entries()) {
        compare(item, list[index], { ...at, path: [...at.path, index] });
      }
      return;
    case "set": {
      const present = new Set(list.map((one) => toComparable(one, at.path)));
      const isThere = desired.every((item) => present.has(toComparable(item, at.path)));
      if (!isThere) add(at, desired, live);
      return;
    }
    case "map": {
      const present = indexByKeys(list, kind.keys, (one) => one);
      const findOwned = indexOwnedItems(at.owned, kind.keys);
      for (const [index, item] of desired.entries()) {
        const owned = findOwned(item);
        compare(item, present.find(item), { ...at, path: [...at.path, index], owned });
      }
    }
  }
}

type ListKind =
  /** Compared place by place: it is written as a whole. */
  | { readonly type: "whole" }
  /** Each value is owned by itself. */
  | { readonly type: "set" }
  /** Each element is found by these of its fields. */
  | { readonly type: "map"; readonly keys: readonly string[] };

/** No API has a list whose elements have more keys. */
const LIST_KEYS_MAX = 16;

function toListKind(desired: readonly unknown[], owned: unknown): ListKind {
  if (!isObject(owned)) return guessListKind(desired);
  const names = Object.keys(owned);
  if (names.some((name) => name.startsWith("v:"))) return { type: "set" };
  const key = names.find((name) => name.startsWith("k:"));
  const read = key === undefined ? undefined : readBoundedJson(key.slice(2));
  if (read?.outcome !== "read" || !isObject(read.value)) return { type: "whole" };
  const keys = Object.keys(read.value);
  return keys.length > LIST_KEYS_MAX ? { type: "whole" } : { type: "map", keys };
}

function guessListKind(desired: readonly unknown[]): ListKind {
  const names = desired.map((item) => readOwn(item, "name"));
  const areUnique = new Set(names).size === names.length;
  const isMap = areUnique && names.every((name) => typeof name === "string");
  return isMap ? { type: "map", keys: ["name"] } : { type: "whole" };
}

/** Finds the owned part of an element of a list. */
function indexOwnedItems(owned: unknown, keys: readonly string[]): (item: unknown) => unknown {
  if (!isObject(owned) || isLeaf(owned)) return () => owned;
  const items = Object.entries(owned).flatMap(([name, fields]) => {
    const read = name.startsWith("k:") ? readBoundedJson(name.slice(2)) : undefined;
    return read?.outcome === "read" ? [{ item: read.value, fields }] : [];
  });
  const index = indexByKeys(items, keys, ({ item }) => item);
  return (item) => index.find(item)?.fields;
}

/** Each owner is found by its uid. */
function compareOwners(
  desired: readonly { readonly uid: string }[],
  live: unknown,
  found: Difference[],
): void {
  const path = ["metadata", "ownerReferences"];
  const list = readList(readField(live, ...path));
  const uids = new Set(list.map((one) => readOwn(one, "uid")));
  const isThere = desired.every(({ uid }) => uids.has(uid));
  if (!isThere) found.push({ path, desired, live: readField(live, ...path) });
}

/** The owned part of a field, given the owned part of the map that it is in. An empty set is a leaf: everything in it is owned. */
function toOwnedField(owned: unknown, key: string): unknown {
  return isLeaf(owned) ? owned : readOwn(owned, `f:${key}`);
}

function isLeaf(owned: unknown): boolean {
  return isObject(owned) && Object.keys(owned).length === 0;
}

/** Maps of quantities, which have several spellings: an API server answers with its own. */
const QUANTITIES: ReadonlySet<unknown> = new Set([
  "limits",
  "requests",
  "hard",
  "capacity",
  "default",
  "defaultRequest",
  "max",
  "min",
]);

function isSame(desired: unknown, live: unknown, path: At["path"]): boolean {
  return toComparable(desired, path) === toComparable(live, path);
}

/** Two values are the same if these are equal. */
function toComparable(value: unknown, path: At["path"]): unknown {
  if (isRawInteger(value)) return `rawJSON ${value.rawJSON}`;
  const quantity = QUANTITIES.has(path.at(-2)) ? readQuantity(value) : undefined;
  return quantity ?? (typeof value === "string" ? `text ${value}` : value);
}

/** A field that is null counts as absent, and the API server does not keep it. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isEmpty(value: Readonly<Record<string, unknown>>): boolean {
  return Object.values(value).every(isAbsent);
}

function add({ path, owned, found }: At, desired: unknown, live: unknown): void {
  const isForeign = !isAbsent(live) && owned === undefined;
  found.push({ path, desired, live, ...(isForeign ? { isForeign } : {}) });
}
