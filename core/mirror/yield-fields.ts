import { isObject } from "../json/read-json.ts";
import type { Difference } from "./find-drift.ts";
import type { Manifest } from "./manifest.ts";

/**
 * The manifest with the fields that somebody else has written as they are: so applying it conflicts with nobody, and these fields stay. For
 * rules that only report drift.
 */
export function yieldFields(manifest: Manifest, differences: readonly Difference[]): Manifest {
  return differences
    .filter(({ isForeign }) => isForeign === true)
    .reduce<unknown>((left, { path, live }) => write(left, path, live), manifest) as Manifest;
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
