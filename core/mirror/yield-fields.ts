import { indexByKeys } from "../json/find-by-keys.ts";
import { isObject, readField, readList, readOwn } from "../json/read-json.ts";
import { FIELD_MANAGER } from "../operations/managed-fields.ts";
import type { Difference } from "./find-drift.ts";
import { toListKind, type OwnedItem } from "./values/keyed-lists.ts";
import type { Manifest } from "./manifest.ts";

/**
 * The manifest with the fields that somebody else has written as they are: so applying it conflicts with nobody, and these fields stay. For
 * rules that only report drift. Kubemend becomes an owner of such a field beside its writer, so each owner of the live object is asked.
 */
export function yieldFields(
  manifest: Manifest,
  differences: readonly Difference[],
  live: unknown,
): Manifest {
  const others = readOthersFields(live);
  const lists: Lists = new Map();
  const isOthers = ({ path, desired, live: value, isForeign }: Difference): boolean =>
    isForeign === true ||
    // A field that is not applied any more conflicts with nobody.
    (desired !== undefined &&
      value !== undefined &&
      others.some((fields) => isOwned({ fields, value: manifest }, path, lists)));
  return differences
    .filter(isOthers)
    .reduce<unknown>(
      (left, { path, live: value }) => write(left, path, value),
      manifest,
    ) as Manifest;
}

/** The fields of which others are noted as owners, and those that Kubemend's actions have written, as fieldsV1. */
function readOthersFields(live: unknown): readonly unknown[] {
  return readList(readField(live, "metadata", "managedFields"))
    .filter(
      (entry) =>
        readOwn(entry, "manager") !== FIELD_MANAGER || readOwn(entry, "operation") !== "Apply",
    )
    .map((entry) => readOwn(entry, "fieldsV1"));
}

type Find = (item: unknown) => OwnedItem | undefined;

/** The indexes of lists, by the owned part of each: many differences may be in one list, which is indexed once. */
type Lists = Map<unknown, Find>;

/** Whether the field, a part of it, or a value that contains it as a whole is in the set. The path is one of the value. */
function isOwned(
  { fields, value }: { readonly fields: unknown; readonly value: unknown },
  [key, ...rest]: Difference["path"],
  lists: Lists,
): boolean {
  if (!isObject(fields)) return false;
  // An empty set is a leaf: the value is owned with all that is in it.
  if (key === undefined || Object.keys(fields).length === 0) return true;
  if (typeof key === "string") {
    const inner = { fields: readOwn(fields, `f:${key}`), value: readOwn(value, key) };
    return isOwned(inner, rest, lists);
  }
  const item = readList(value)[key];
  return isOwned({ fields: findIn(fields, lists)(item)?.fields, value: item }, rest, lists);
}

function findIn(fields: unknown, lists: Lists): Find {
  const known = lists.get(fields);
  if (known !== undefined) return known;
  const kind = toListKind(fields);
  const find: Find =
    kind.type === "map"
      ? indexByKeys(kind.owned, kind.keys, (one) => one.key).find
      : () => undefined;
  lists.set(fields, find);
  return find;
}

/** The path is one of the value. */
function write(value: unknown, [key, ...rest]: Difference["path"], to: unknown): unknown {
  if (key === undefined) return to;
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    return list.with(Number(key), write(list[Number(key)], rest, to));
  }
  return isObject(value) ? { ...value, [key]: write(value[key], rest, to) } : value;
}
