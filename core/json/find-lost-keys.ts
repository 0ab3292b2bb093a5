import { isObject } from "./read-json.ts";

type LostKey = {
  readonly path: readonly (string | number)[];
  readonly at: "key";
  readonly message: string;
  readonly hint: string;
};

/** Schemas of maps leave these keys out, so that a label of this name would be lost without a word. */
const LOST: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** Deeper values are refused before. */
const MAX_DEPTH = 40;

/** The keys of maps that would be left out. */
export function findLostKeys(value: unknown, path: LostKey["path"]): readonly LostKey[] {
  if (path.length > MAX_DEPTH) return [];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => findLostKeys(item, [...path, index]));
  }
  if (!isObject(value)) return [];
  return Object.keys(value).flatMap((key) => {
    const here = [...path, key];
    if (!LOST.has(key)) return findLostKeys(value[key], here);
    const message = `the key ${key} cannot be used: it is a property of every object in JavaScript`;
    return [{ path: here, at: "key" as const, message, hint: "use another name" }];
  });
}
