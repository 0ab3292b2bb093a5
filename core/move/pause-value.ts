import type { StoredPause } from "../../events/moves/move-steps.ts";
import { parseFieldPath } from "../json/field-path.ts";
import { readField } from "../json/read-json.ts";

/** The value at the place that pauses an object; undefined if there is none. */
function readPause(object: unknown, pause: StoredPause): unknown {
  const value = readField(object, ...toPath(pause));
  return value === null ? undefined : value;
}

/** A field pauses by being true, an annotation by being there. */
export function isPaused(object: unknown, pause: StoredPause): boolean {
  const value = readPause(object, pause);
  return pause.annotation === undefined ? value === true : value !== undefined;
}

/** The value as it is stored; absent if there is none. */
export function storePauseValue(
  object: unknown,
  { before: _old, ...pause }: StoredPause,
): StoredPause {
  const value = readPause(object, pause);
  return value === undefined ? pause : { ...pause, before: JSON.stringify(value) };
}

/** The merge patch that pauses. */
export function toPausePatch(pause: StoredPause): object {
  return toPatch(toPath(pause), pause.annotation === undefined ? true : "true");
}

/** The merge patch that restores the value before the pause; it removes the field if there was none. */
export function toResumePatch(pause: StoredPause): object {
  return toPatch(toPath(pause), pause.before === undefined ? null : JSON.parse(pause.before));
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
