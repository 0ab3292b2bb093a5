import { isRawInteger, readBoundedJson } from "../../events/json.ts";
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
  for (const [key, value] of Object.entries(desired)) {
    const owned = toOwnedField(at.owned, key);
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
    case "set":
      if (!desired.every((item) => list.some((one) => isSame(item, one, at.path)))) {
        add(at, desired, live);
      }
      return;
    case "map":
      for (const [index, item] of desired.entries()) {
        const found = list.find((one) => hasSameKey(item, one, kind.keys));
        const owned = findOwnedItem(at.owned, item, kind.keys);
        compare(item, found, { ...at, path: [...at.path, index], owned });
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

function toListKind(desired: readonly unknown[], owned: unknown): ListKind {
  if (!isObject(owned)) return guessListKind(desired);
  const names = Object.keys(owned);
  if (names.some((name) => name.startsWith("v:"))) return { type: "set" };
  const key = names.find((name) => name.startsWith("k:"));
  const read = key === undefined ? undefined : readBoundedJson(key.slice(2));
  if (read?.outcome !== "read" || !isObject(read.value)) return { type: "whole" };
  return { type: "map", keys: Object.keys(read.value) };
}

function guessListKind(desired: readonly unknown[]): ListKind {
  const names = desired.map((item) => readOwn(item, "name"));
  const areUnique = new Set(names).size === names.length;
  const isMap = areUnique && names.every((name) => typeof name === "string");
  return isMap ? { type: "map", keys: ["name"] } : { type: "whole" };
}

/** A key that an element lacks has a default, which the API server has filled in on the other side. */
function hasSameKey(left: unknown, right: unknown, keys: readonly string[]): boolean {
  return keys.every((key) => {
    const [a, b] = [readOwn(left, key), readOwn(right, key)];
    return a === undefined || b === undefined || isSame(a, b, []);
  });
}

function findOwnedItem(owned: unknown, item: unknown, keys: readonly string[]): unknown {
  if (!isObject(owned) || isLeaf(owned)) return owned;
  const name = Object.keys(owned).find((one) => {
    const read = one.startsWith("k:") ? readBoundedJson(one.slice(2)) : undefined;
    return read?.outcome === "read" && hasSameKey(item, read.value, keys);
  });
  return name === undefined ? undefined : owned[name];
}

/** Each owner is found by its uid. */
function compareOwners(
  desired: readonly { readonly uid: string }[],
  live: unknown,
  found: Difference[],
): void {
  const path = ["metadata", "ownerReferences"];
  const list = readList(readField(live, ...path));
  const isThere = desired.every(({ uid }) => list.some((one) => readOwn(one, "uid") === uid));
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
  if (desired === live) return true;
  if (isRawInteger(desired)) return isRawInteger(live) && desired.rawJSON === live.rawJSON;
  if (!QUANTITIES.has(path.at(-2))) return false;
  const quantity = readQuantity(desired);
  return quantity !== undefined && quantity === readQuantity(live);
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
