import type { KubernetesObject, ResourceType } from "../../events/change.ts";
import { formatFieldPath, type FieldPath } from "../../core/json/field-path.ts";
import { isObject, readField } from "../../core/json/read-json.ts";
import type { Difference } from "../../core/mirror/find-drift.ts";
import { isOwnMark } from "../../core/mirror/provenance.ts";
import type { Redact } from "../../core/redaction/redactor.ts";

/** A field that differs, as people may see it. */
export type ShownDifference = {
  /** The path of the field: `data.mode`. */
  readonly path: string;
  /** The value in the copy; absent if the copy has none, or it is not shown. */
  readonly live?: unknown;
  /** The value that is to be there; absent if it is not shown. */
  readonly desired?: unknown;
  /** The values, or what differs in them, are not shown: they are a Secret's, or named by `redact` of the pipeline. */
  readonly isHidden?: true;
  /** The field stays as it is in the copy, because the rule only reports drift. */
  readonly stays?: true;
};

type GroupResource = Pick<ResourceType, "group" | "resource">;

/** The differences of a copy, without the values that never leave a cluster, and without Kubemend's own marks if anything else differs. */
export function showDifferences(
  differences: readonly Difference[],
  type: GroupResource,
  redact: Redact,
): readonly ShownDifference[] {
  const others = differences.filter(({ path }) => !isMark(path));
  const shown = others.length === 0 ? differences : others;
  return shown.flatMap((difference) => {
    const fields = show(difference, type, redact);
    return difference.stays === true ? fields.map((one) => ({ ...one, stays: true })) : fields;
  });
}

function isMark(path: FieldPath): boolean {
  const [first, second, key] = path;
  if (first !== "metadata" || (second !== "labels" && second !== "annotations")) return false;
  return isOwnMark(String(key));
}

function show(
  { path, live, desired }: Difference,
  type: GroupResource,
  redact: Redact,
): readonly ShownDifference[] {
  if (isNoteOfSecret(path, type)) return hideNotes(path, live, desired);
  const [before, after] = [live, desired].map((value) => take(path, value, type, redact));
  const text = formatFieldPath(path);
  const isWhole = before?.isWhole === true && after?.isWhole === true;
  if (isWhole) return [{ path: text, ...toValues(live, desired) }];
  const isAllHidden = before?.value === undefined && after?.value === undefined;
  if (!isAllHidden) {
    return [{ path: text, ...toValues(before?.value, after?.value), isHidden: true }];
  }
  // All of a Secret's data: the names of its keys say something, and give nothing away.
  const keys = [live, desired].flatMap((value) => (isObject(value) ? Object.keys(value) : []));
  const paths = keys.length === 0 ? [path] : [...new Set(keys)].map((key) => [...path, key]);
  return paths.map((one) => ({ path: formatFieldPath(one), isHidden: true }));
}

/**
 * Whether a field is an annotation of a Secret, other than Kubemend's own: tools keep whole objects there, also packed, and nobody knows all
 * of them.
 */
function isNoteOfSecret([first, second, key]: FieldPath, type: GroupResource): boolean {
  const isSecret = type.group === "" && type.resource === "secrets";
  if (!isSecret || first !== "metadata" || second !== "annotations") return false;
  return !isOwnMark(String(key));
}

function hideNotes(path: FieldPath, live: unknown, desired: unknown): readonly ShownDifference[] {
  if (path.length > 2) return [{ path: formatFieldPath(path), isHidden: true }];
  const keys = [live, desired].flatMap((value) => (isObject(value) ? Object.keys(value) : []));
  const names = [...new Set(keys)].filter((key) => !isOwnMark(key));
  return names.map((key) => ({ path: formatFieldPath([...path, key]), isHidden: true }));
}

function toValues(live: unknown, desired: unknown): Pick<ShownDifference, "live" | "desired"> {
  return {
    ...(live === undefined ? {} : { live }),
    ...(desired === undefined ? {} : { desired }),
  };
}

type Left = { readonly value: unknown; readonly isWhole: boolean };

/**
 * The rest of a value after redaction, and whether that is all of it. An element of a list may be named by its own keys instead of its
 * place; as the key of a map may be spelled alike, it is shown only as far as the redactor leaves both.
 */
function take(path: FieldPath, value: unknown, type: GroupResource, redact: Redact): Left {
  if (value === undefined) return { value, isWhole: true };
  const asMap = leave(path, value, type, redact);
  const places = path.map((key) => (isKeys(key) ? 0 : key));
  return asMap.isWhole ? leave(places, value, type, redact) : asMap;
}

/** Whether a key is the text of an element's own keys: `{"name":"main"}`. */
function isKeys(key: string | number): boolean {
  return typeof key === "string" && key.startsWith("{");
}

function leave(path: FieldPath, value: unknown, type: GroupResource, redact: Redact): Left {
  const head = { apiVersion: "", kind: "", metadata: { name: "", uid: "" } };
  const root = wrap(head, path, value) as KubernetesObject;
  const { object } = redact(root, type);
  // A place in a list says nothing to the redactor, and each list here has one element.
  const left = path.reduce<unknown>(
    (at, key) => (typeof key === "number" ? (at as readonly unknown[])?.[0] : readField(at, key)),
    object,
  );
  return { value: left, isWhole: JSON.stringify(left) === JSON.stringify(value) };
}

function wrap(base: unknown, [key, ...rest]: FieldPath, value: unknown): unknown {
  if (key === undefined) return value;
  if (typeof key === "number") return [wrap(undefined, rest, value)];
  const fields = isObject(base) ? base : {};
  return { ...fields, [key]: wrap(fields[key], rest, value) };
}
