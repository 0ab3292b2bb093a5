import { isObject, readOwn } from "../json/read-json.ts";
import { ok, refuse, type Result } from "../result.ts";
import { formatChangePath } from "./change-path.ts";
import type { ChangePath, FieldChange } from "./operation.ts";

/** One step of a JSON Patch: https://www.rfc-editor.org/rfc/rfc6902 */
export type JsonPatchStep =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string };

type WantedChange = Pick<FieldChange, "path" | "to">;
type Written = { readonly value: unknown; readonly steps: readonly JsonPatchStep[] };

/** The value of a field; undefined if there is none, or null. */
export function readChangePath(object: unknown, path: ChangePath): unknown {
  let value = object;
  for (const segment of path) {
    value = typeof segment === "string" ? readOwn(value, segment) : findElement(value, segment);
  }
  return value ?? undefined;
}

/**
 * The steps that make these changes to exactly this object, one after the other. Maps that are missing are created. Refused, with the
 * reason, if a list has no element or several elements for a selector in the middle of a path.
 */
export function toJsonPatch(
  object: unknown,
  changes: readonly WantedChange[],
): Result<readonly JsonPatchStep[], string> {
  const written = writeAll(object, changes);
  return written.ok ? ok(written.value.steps) : written;
}

/** The object with these changes. Refused as `toJsonPatch` does. */
export function applyChanges(
  object: unknown,
  changes: readonly WantedChange[],
): Result<unknown, string> {
  const written = writeAll(object, changes);
  return written.ok ? ok(written.value.value) : written;
}

function writeAll(object: unknown, changes: readonly WantedChange[]): Result<Written, string> {
  let value = object;
  const steps: JsonPatchStep[] = [];
  for (const { path, to } of changes) {
    const written = write(value, path, to, "");
    if (written === undefined) {
      return refuse(`there is no single ${formatChangePath(path.slice(0, -1))}`);
    }
    value = written.value;
    steps.push(...written.steps);
  }
  return ok({ value, steps });
}

function write(node: unknown, path: ChangePath, to: unknown, at: string): Written | undefined {
  const [segment, ...rest] = path;
  if (segment === undefined) return { value: to, steps: [] };
  return typeof segment === "string"
    ? writeKey(node, segment, rest, to, at)
    : writeElement(node, segment, rest, to, at);
}

function writeKey(
  node: unknown,
  key: string,
  rest: ChangePath,
  to: unknown,
  at: string,
): Written | undefined {
  if (!isObject(node)) return undefined;
  const path = `${at}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  const before = readOwn(node, key) ?? undefined;
  if (before !== undefined && rest.length > 0) {
    const below = write(before, rest, to, path);
    return below && { value: { ...node, [key]: below.value }, steps: below.steps };
  }
  const { [key]: _before, ...others } = node;
  if (to === undefined) {
    return { value: others, steps: before === undefined ? [] : [{ op: "remove", path }] };
  }
  const value = toNested(rest, to);
  // In a map, `add` replaces what is there.
  return value === undefined
    ? undefined
    : { value: { ...node, [key]: value }, steps: [{ op: "add", path, value }] };
}

function writeElement(
  node: unknown,
  selector: Readonly<Record<string, string>>,
  rest: ChangePath,
  to: unknown,
  at: string,
): Written | undefined {
  if (!Array.isArray(node)) return undefined;
  const list: readonly unknown[] = node;
  const index = list.findIndex((item) => hasValues(item, selector));
  if (list.filter((item) => hasValues(item, selector)).length > 1) return undefined;
  if (index >= 0 && rest.length > 0) {
    const below = write(list[index], rest, to, `${at}/${index}`);
    return below && { value: list.with(index, below.value), steps: below.steps };
  }
  if (to === undefined) {
    const value = list.toSpliced(index, 1);
    return index < 0
      ? { value: list, steps: [] }
      : { value, steps: [{ op: "remove", path: `${at}/${index}` }] };
  }
  if (index >= 0) {
    const steps = [{ op: "replace", path: `${at}/${index}`, value: to } as const];
    return { value: list.with(index, to), steps };
  }
  return rest.length > 0
    ? undefined
    : { value: [...list, to], steps: [{ op: "add", path: `${at}/-`, value: to }] };
}

/** The value to create so that the field exists; undefined if that is an element of a list of which only one field is known. */
function toNested(path: ChangePath, to: unknown): unknown {
  const [segment, ...rest] = path;
  if (segment === undefined) return to;
  if (typeof segment !== "string") return rest.length === 0 ? [to] : undefined;
  const value = toNested(rest, to);
  return value === undefined ? undefined : { [segment]: value };
}

function findElement(list: unknown, selector: Readonly<Record<string, string>>): unknown {
  return Array.isArray(list) ? list.find((item) => hasValues(item, selector)) : undefined;
}

function hasValues(item: unknown, selector: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([key, value]) => {
    const is = readOwn(item, key);
    return (
      is === value || ((typeof is === "number" || typeof is === "boolean") && String(is) === value)
    );
  });
}
