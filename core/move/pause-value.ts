import type { StoredPause } from "../../events/moves/move-steps.ts";
import { parseFieldPath } from "../json/field-path.ts";
import { isObject, readField } from "../json/read-json.ts";

/** The value at the place that pauses an object; undefined if there is none. */
function readPause(object: unknown, pause: StoredPause): unknown {
  const value = readField(object, ...toPath(pause));
  return value === null ? undefined : value;
}

/**
 * A field pauses by being true, an annotation by being "true": of others, such as "false", some controllers say that they do not pause. An
 * annotation that pauses by being there does so with this value, too.
 */
export function isPaused(object: unknown, pause: StoredPause): boolean {
  return readPause(object, pause) === toPausedValue(pause);
}

/** The value as it is stored; absent if there is none. */
export function storePauseValue(
  object: unknown,
  { before: _old, parentsMade: _made, ...pause }: StoredPause,
): StoredPause {
  const value = readPause(object, pause);
  if (value !== undefined) return { ...pause, before: JSON.stringify(value) };
  const parentsMade = countMissingParents(object, pause);
  return parentsMade === 0 ? pause : { ...pause, parentsMade };
}

/** Whether both store the same value before the pause. */
export function isSamePauseValue(left: StoredPause, right: StoredPause): boolean {
  return left.before === right.before && left.parentsMade === right.parentsMade;
}

/** The merge patch that pauses. */
export function toPausePatch(pause: StoredPause): object {
  return toPatch(toPath(pause), toPausedValue(pause));
}

function toPausedValue({ annotation }: StoredPause): true | "true" {
  return annotation === undefined ? true : "true";
}

/**
 * The merge patch that restores the value before the pause in this state of the object. If there was none, it removes the field, and the
 * fields around it that came with the pause, unless somebody has written something beside it since.
 */
export function toResumePatch(pause: StoredPause, live: unknown): object {
  const path = toPath(pause);
  if (pause.before !== undefined) return toPatch(path, JSON.parse(pause.before));
  let length = path.length;
  const shortest = Math.max(1, path.length - (pause.parentsMade ?? 0));
  while (length > shortest && isOnlyField(live, path.slice(0, length))) length -= 1;
  return toPatch(path.slice(0, length), null);
}

function isOnlyField(live: unknown, path: readonly string[]): boolean {
  const parent = readField(live, ...path.slice(0, -1));
  return isObject(parent) && Object.keys(parent).length === 1;
}

/** An API server drops annotations that are empty by itself. */
function countMissingParents(object: unknown, pause: StoredPause): number {
  if (pause.annotation !== undefined) return 0;
  const path = toPath(pause);
  const parents = path.slice(0, -1).map((_, at) => path.slice(0, at + 1));
  return parents.filter((parent) => readField(object, ...parent) === undefined).length;
}

/** Whether the object has the value that it had before the pause. */
export function isResumed(object: unknown, pause: StoredPause): boolean {
  const value = readPause(object, pause);
  return (value === undefined ? undefined : JSON.stringify(value)) === pause.before;
}

function toPath({ field, annotation }: StoredPause): readonly string[] {
  if (annotation !== undefined) return ["metadata", "annotations", annotation];
  const path = parseFieldPath(field ?? "");
  return path.ok ? path.value.map(String) : [];
}

function toPatch(path: readonly string[], value: unknown): object {
  const patch = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  return patch as object;
}
