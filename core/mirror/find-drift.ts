import { isRawInteger } from "../../events/json.ts";
import { indexByKeys } from "../json/find-by-keys.ts";
import { isObject, readField, readList, readOwn } from "../json/read-json.ts";
import { FIELD_MANAGER, readAppliedFields } from "../operations/managed-fields.ts";
import { readQuantity } from "../text/quantity.ts";
import { toListKind, toOwnedItems, toText, type ListKind } from "./values/keyed-lists.ts";
import type { Manifest } from "./manifest.ts";

/** A field of a copy that is not as it is to be. `live` is undefined if it is not there. */
export type Difference = {
  /** Keys of maps and places in lists, from the root. */
  readonly path: readonly (string | number)[];
  readonly desired: unknown;
  readonly live: unknown;
  /** Somebody else has written it, as `metadata.managedFields` says: server-side apply without force would be a conflict. */
  readonly isForeign?: true;
  /** The field stays as it is although it differs, because the rule only reports drift. */
  readonly stays?: true;
};

/** More say no more: the copy is written as a whole. */
const DIFFERENCES_MAX = 100;

/** Whether these are all differences of a copy: of very many only some are known. */
export function areAll(differences: readonly Difference[]): boolean {
  return differences.length < DIFFERENCES_MAX;
}

/**
 * The fields of a copy that differ from what is to be applied. The API server notes in `metadata.managedFields` which fields Kubemend has
 * applied, so `live` must have it:
 *
 * - Of a map or a list of which Kubemend owns a part, what others have added is no difference. Server-side apply leaves it.
 * - What Kubemend owns as a whole, or owns no longer although it applies it, is compared as a whole: a selector or a list of rules means
 *   something else with one more key in it. That somebody else wrote such a value shows only by its owner.
 * - What Kubemend owns and does not apply was taken out of the source since, or written under its name by somebody else. That holds for a
 *   value of a set, an element with keys and an owner, too.
 *
 * A list whose elements have keys of their own is compared by them: the API server names the keys in `managedFields`, too.
 */
export function findDrift(desired: Manifest, live: unknown): readonly Difference[] {
  const { metadata, ...body } = desired;
  const { ownerReferences, name: _name, namespace: _namespace, ...rest } = metadata;
  const found: Difference[] = [];
  const owned = readAppliedFields(live);
  if (owned === undefined) found.push(UNOWNED);
  const root: At = { path: [], owned, found };
  compareFields(body, toFields(live), root);
  addOurs(desired, toFields(live), root);
  const inner = { path: ["metadata"], owned: toOwnedField(owned, "metadata"), found };
  const marks = toFields(readOwn(live, "metadata"));
  compareFields(rest, marks, inner);
  addOurs(metadata, marks, inner);
  if (ownerReferences !== undefined) {
    const ours = toOwnedField(inner.owned, "ownerReferences");
    found.push(...compareOwners(ownerReferences, live, ours));
  }
  return found;
}

/** No field of the object is noted as applied by Kubemend: somebody has removed what the API server notes. */
const UNOWNED: Difference = {
  path: ["metadata", "managedFields"],
  desired: [{ manager: FIELD_MANAGER, operation: "Apply" }],
  live: undefined,
};

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
  if (isEnough(at) || isAbsent(desired)) return;
  if (Array.isArray(desired)) return compareLists(desired, live, at);
  if (!isObject(desired)) {
    if (!isSame(desired, live, at.path)) add(at, desired, live);
    return;
  }
  if (isEmpty(desired) && isAbsent(live)) return;
  if (!isObject(live)) return add(at, desired, live);
  compareFields(desired, live, at);
  if (isWhole(desired, at)) addOthers(desired, live, at);
  else addOurs(desired, live, at);
}

type Fields = Readonly<Record<string, unknown>>;

function compareFields(desired: Fields, live: Fields, at: At): void {
  const areAllOurs = isLeaf(at.owned);
  for (const [key, value] of Object.entries(desired)) {
    const owned = areAllOurs ? at.owned : readOwn(at.owned, `f:${key}`);
    compare(value, readOwn(live, key), { ...at, path: [...at.path, key], owned });
  }
}

/** Names of fields in which an empty map selects everything, and is replaced as a whole. */
const SELECTOR = /selector$/i;

/**
 * Whether everything that a map contains is to be there. An empty map is owned alike whether others may add to it or not; only an empty
 * selector certainly means something else then.
 */
function isWhole(desired: Fields, { owned, path }: At): boolean {
  if (owned === undefined) return true;
  return isLeaf(owned) && (!isEmpty(desired) || SELECTOR.test(String(path.at(-1))));
}

/** Adds the fields that a map has besides. */
function addOthers(desired: Fields, live: Fields, at: At): void {
  for (const [key, value] of Object.entries(live)) {
    if (isEnough(at)) return;
    if (!isAbsent(readOwn(desired, key)) || isNothing(value)) continue;
    add({ ...at, path: [...at.path, key] }, undefined, value);
  }
}

/** Adds the fields that a map has besides and that Kubemend owns. */
function addOurs(desired: Fields, live: Fields, at: At): void {
  if (!isObject(at.owned)) return;
  for (const name of Object.keys(at.owned)) {
    if (isEnough(at)) return;
    const key = name.startsWith("f:") ? name.slice(2) : undefined;
    if (key === undefined || Object.hasOwn(desired, key) || isNothing(readOwn(live, key))) continue;
    const owned = at.owned[name];
    add({ ...at, path: [...at.path, key], owned }, undefined, readOwn(live, key));
  }
}

function compareLists(desired: readonly unknown[], live: unknown, at: At): void {
  if (desired.length === 0 && isAbsent(live)) return;
  if (!Array.isArray(live)) return add(at, desired, live);
  const list: readonly unknown[] = live;
  const kind = toListKind(at.owned);
  switch (kind.type) {
    case "whole":
      if (desired.length !== list.length) return add(at, desired, live);
      for (const [index, item] of desired.entries()) {
        compare(item, list[index], { ...at, path: [...at.path, index] });
      }
      return;
    case "set":
      return compareSets(desired, list, kind.owned, at);
    case "map":
      compareKeyed(desired, list, kind, at);
  }
}

function compareSets(
  desired: readonly unknown[],
  live: readonly unknown[],
  ours: readonly string[],
  at: At,
): void {
  const values = new Map(live.map((item) => [toText(item), item]));
  const wanted = new Set(desired.map(toText));
  if (![...wanted].every((text) => values.has(text))) add(at, desired, live);
  for (const text of ours) {
    if (isEnough(at)) return;
    if (wanted.has(text) || !values.has(text)) continue;
    add({ ...at, path: [...at.path, text] }, undefined, values.get(text));
  }
}

function compareKeyed(
  desired: readonly unknown[],
  live: readonly unknown[],
  { keys, owned }: Extract<ListKind, { readonly type: "map" }>,
  at: At,
): void {
  const present = indexByKeys(live, keys, (item) => item);
  const ours = indexByKeys(owned, keys, ({ key }) => key);
  const others = new Set(owned);
  for (const [index, item] of desired.entries()) {
    const own = ours.find(item);
    if (own !== undefined) others.delete(own);
    compare(item, present.find(item), { ...at, path: [...at.path, index], owned: own?.fields });
  }
  for (const { key, fields } of others) {
    if (isEnough(at)) return;
    const item = present.find(key);
    if (item === undefined) continue;
    add({ ...at, path: [...at.path, toText(key)], owned: fields }, undefined, item);
  }
}

/** Each owner is found by its uid, also by an object of whose owners Kubemend has none. They are one difference. */
function compareOwners(desired: readonly unknown[], live: unknown, owned: unknown): Difference[] {
  const path = ["metadata", "ownerReferences"];
  const owners = readField(live, ...path);
  const found: Difference[] = [];
  const kind = { type: "map", keys: ["uid"], owned: toOwnedItems(owned) } as const;
  compareKeyed(desired, readList(owners), kind, { path, owned, found });
  return found.length === 0 ? [] : [{ path, desired, live: owners }];
}

/** The owned part of a field, given the owned part of the map that it is in. An empty set is a leaf: everything in it is owned. */
function toOwnedField(owned: unknown, key: string): unknown {
  return isLeaf(owned) ? owned : readOwn(owned, `f:${key}`);
}

function isLeaf(owned: unknown): boolean {
  return isObject(owned) && Object.keys(owned).length === 0;
}

function isEnough({ found }: At): boolean {
  return found.length >= DIFFERENCES_MAX;
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

function isEmpty(value: Fields): boolean {
  return Object.values(value).every(isAbsent);
}

/** API servers leave out an empty map or list where they can, and it means the same as none. */
function isNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isAbsent(value) || (isObject(value) && isEmpty(value));
}

function toFields(value: unknown): Fields {
  return isObject(value) ? value : {};
}

function add({ path, owned, found }: At, desired: unknown, live: unknown): void {
  const isForeign = !isAbsent(live) && owned === undefined;
  found.push({ path, desired, live, ...(isForeign ? { isForeign } : {}) });
}
