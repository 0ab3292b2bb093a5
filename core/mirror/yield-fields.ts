import { indexByKeys } from "../json/find-by-keys.ts";
import { isObject, readField, readList, readOwn } from "../json/read-json.ts";
import { FIELD_MANAGER } from "../operations/managed-fields.ts";
import { areAll, type Difference } from "./find-drift.ts";
import { toListKind, type OwnedItem } from "./values/keyed-lists.ts";
import type { Manifest } from "./manifest.ts";
import { isMark } from "./provenance.ts";

/** The manifest that is applied to a copy of which others have written fields, and whether it is forced. */
export type Yielded = {
  readonly manifest: Manifest;
  /** Whether fields are taken over: only the marks of a copy are then left that others have written. */
  readonly force: boolean;
  /** The fields that are left as they are. */
  readonly left: ReadonlySet<Difference>;
};

/**
 * The manifest with the fields that somebody else has written as they are: so applying it conflicts with nobody, and these fields stay. For
 * rules that only report drift. Kubemend becomes an owner of such a field beside its writer, so each owner of the live object is asked.
 * The marks of a copy are Kubemend's, also if others have written them: without them a copy that was restored from a file would be of an old state
 * of its source for ever, instead of one that has drifted.
 */
export function yieldFields(
  manifest: Manifest,
  differences: readonly Difference[],
  live: unknown,
): Yielded {
  const others = readOthersFields(live);
  const lists: Lists = new Map();
  const theirs = differences.filter(
    ({ path, desired, isForeign }) =>
      isForeign === true ||
      // A field that is not applied any more conflicts with nobody.
      (desired !== undefined &&
        others.some(({ fields }) => isOwned({ fields, value: manifest }, path, lists))),
  );
  const yielded = theirs.filter((one) => !isMark(one) && one.live !== undefined);
  const refused = theirs.some((one) => !isMark(one) && one.live === undefined);
  return {
    manifest: yielded.reduce<unknown>(
      (left, { path, live: value }) => write(left, path, value),
      manifest,
    ) as Manifest,
    force: theirs.some(isMark) && !refused && areAll(differences),
    left: new Set(yielded),
  };
}

/**
 * The differences of an object that is adopted and that applying it changes: fields that it has besides stay, unless others have written
 * the value that they are in as a whole, which is then replaced as a whole.
 */
export function findAdopted(
  differences: readonly Difference[],
  live: unknown,
): readonly Difference[] {
  const others = readOthersFields(live);
  return differences.filter(({ path, desired }) => {
    if (desired !== undefined) return path[1] !== "managedFields";
    return !others.some(({ fields }) => isOwnPart(fields, path));
  });
}

/** Whether a field is in the set by itself, and not within a value that is owned as a whole. */
function isOwnPart(fields: unknown, path: Difference["path"]): boolean {
  const found = path.reduce<unknown>((at, key) => readOwn(at, `f:${key}`), fields);
  return found !== undefined;
}

/** The names of the managers that have written fields that differ, as the API server notes them. */
export function findWriters(
  manifest: Manifest,
  differences: readonly Difference[],
  live: unknown,
): readonly string[] {
  const lists: Lists = new Map();
  const writers = readOthersFields(live).filter(({ fields }) =>
    differences.some(({ path }) => isOwned({ fields, value: manifest }, path, lists)),
  );
  return [...new Set(writers.map(({ manager }) => manager))];
}

/** The fields of which others are noted as owners, and those that Kubemend's actions have written, as fieldsV1. */
function readOthersFields(
  live: unknown,
): readonly { readonly manager: string; readonly fields: unknown }[] {
  return readList(readField(live, "metadata", "managedFields"))
    .filter(
      (entry) =>
        readOwn(entry, "manager") !== FIELD_MANAGER || readOwn(entry, "operation") !== "Apply",
    )
    .map((entry) => ({
      manager: String(readOwn(entry, "manager")),
      fields: readOwn(entry, "fieldsV1"),
    }));
}

type Find = (item: unknown) => OwnedItem | undefined;

/** The indexes of lists, by the owned part of each: many differences may be in one list, which is indexed once. */
type Lists = Map<unknown, Find>;

/** Whether the field, a part of it, or a value that contains it as a whole is in the set. The path is one of the value. */
export function isOwned(
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
