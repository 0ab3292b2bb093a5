import { isObject, readOwn } from "../json/read-json.ts";
import { toCanonicalJson } from "../json/canonical-json.ts";
import { parseDuration, parseTimestamp } from "../cel/library/parse-time.ts";
import { readQuantity } from "../text/quantity.ts";
import { readChangePath } from "./json-patch.ts";
import type { ChangePath, FieldChange } from "./operation.ts";

/** A field that the API server has stored otherwise than it was asked to. */
export type UnkeptChange = {
  readonly path: ChangePath;
  /** The wanted value; undefined = the field was to be removed. */
  readonly wanted: unknown;
  /** The value in the answer; undefined = no such field. */
  readonly found: unknown;
  /** `lost`: the change had no effect, the field is as it was, or absent. `adjusted`: it has a third value. */
  readonly how: "lost" | "adjusted";
};

/**
 * The changes that are not in the object with which the API server answered, by the innermost field. A field that the schema lacks is
 * pruned, and admission may take a change back or adjust it, all without an error. Not counted are other spellings of a value (`1024Mi`
 * as `1Gi`), what is added to it (defaults, further elements), values that mean the same as no field (false, 0, ""), and a default in
 * place of a removed field.
 */
export function findUnkept(
  answer: unknown,
  changes: readonly FieldChange[],
): readonly UnkeptChange[] {
  return changes.flatMap(({ path, from, to }): readonly UnkeptChange[] => {
    const found = readChangePath(answer, path);
    if (to !== undefined) return compare({ path, found, wanted: to, from });
    const isThere = found !== undefined && isSame(found, from);
    return isThere ? [{ path, wanted: to, found, how: "lost" }] : [];
  });
}

type Compared = {
  readonly path: ChangePath;
  readonly found: unknown;
  readonly wanted: unknown;
  readonly from: unknown;
};

function compare({ path, found, wanted, from }: Compared): readonly UnkeptChange[] {
  if (found === undefined || found === null) {
    return isZero(wanted) ? [] : [{ path, wanted, found: undefined, how: "lost" }];
  }
  if (isObject(wanted) && isObject(found)) {
    return Object.entries(wanted).flatMap(([key, value]) =>
      compare({
        path: [...path, key],
        found: readOwn(found, key),
        wanted: value,
        from: readOwn(from, key),
      }),
    );
  }
  if (Array.isArray(wanted) && Array.isArray(found)) {
    return compareLists({ path, wanted, found, from });
  }
  if (isSame(found, wanted) || isOtherSpelling(found, wanted)) return [];
  return [{ path, wanted, found, how: isSame(found, from) ? "lost" : "adjusted" }];
}

/** Admission may add elements anywhere; those that are wanted are found by their names or, if they have none, by all that they are. */
function compareLists({
  path,
  wanted,
  found,
  from,
}: Compared & {
  readonly wanted: readonly unknown[];
  readonly found: readonly unknown[];
}): readonly UnkeptChange[] {
  return wanted.flatMap((item): readonly UnkeptChange[] => {
    const name = readOwn(item, "name");
    if (typeof name !== "string") {
      const isKept = found.some(
        (other) => compare({ path, found: other, wanted: item, from: undefined }).length === 0,
      );
      return isKept ? [] : [{ path, wanted, found, how: "lost" }];
    }
    const byName: ChangePath = [{ name }];
    return compare({
      path: [...path, ...byName],
      found: readChangePath(found, byName),
      wanted: item,
      from: readChangePath(from, byName),
    });
  });
}

function isSame(left: unknown, right: unknown): boolean {
  return right !== undefined && toCanonicalJson(left) === toCanonicalJson(right);
}

/** The API server leaves out what says no more than an absent field. */
function isZero(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.values(value).every(isZero);
  return value === null || value === undefined || value === false || value === 0 || value === "";
}

/** Quantities, durations and times have one spelling in which the API server stores them. */
function isOtherSpelling(found: unknown, wanted: unknown): boolean {
  const readers: readonly ((value: unknown) => bigint | undefined)[] = [
    readQuantity,
    (value) => (typeof value === "string" ? parseDuration(value) : undefined),
    (value) => (typeof value === "string" ? parseTimestamp(value)?.nanos : undefined),
  ];
  return readers.some((read) => {
    const value = read(wanted);
    return value !== undefined && value === read(found);
  });
}
