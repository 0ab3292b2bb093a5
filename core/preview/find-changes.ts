import { toCanonicalJson } from "../json/canonical-json.ts";
import { isObject, readField, readOwn } from "../json/read-json.ts";
import { CAUSE_ANNOTATIONS } from "../operations/loops/cause-annotations.ts";
import { APPLIED_ANNOTATION } from "../operations/job-manifest.ts";
import type { ChangePath, FieldChange } from "../operations/operation.ts";
import { withoutDefaults } from "./without-defaults.ts";

/** The fields by which an element of a list is found again, in the order in which they are tried. */
const IDENTIFYING: readonly (readonly string[])[] = [["name"], ["type"], ["key", "effect"]];

/** Fields that the API server or controllers write: a change of these was not requested. */
const OWN_METADATA: ReadonlySet<string> = new Set([
  "creationTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "selfLink",
  "uid",
]);

const MARKS: ReadonlySet<string> = new Set([APPLIED_ANNOTATION, ...CAUSE_ANNOTATIONS]);

/**
 * The fields in which two states of an object differ, in the order in which they are found. Elements of lists are found by their names;
 * a list whose elements have none is one value. `undefined` or null: there is no object. Without status, without what the API server
 * itself counts, and without the annotations by which Kubemend knows its own work again; of a new object also without the defaults of Pods.
 */
export function findObjectChanges(before: unknown, after: unknown): readonly FieldChange[] {
  const changes: FieldChange[] = [];
  const isCreated = !isObject(before);
  const wanted = toCompared(after);
  compare(toCompared(before), isCreated ? withoutDefaults(wanted) : wanted, [], changes);
  return changes;
}

function toCompared(object: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(object)) return {};
  const { status: _status, metadata, ...fields } = object;
  const kept = isObject(metadata)
    ? Object.entries(metadata).filter(([key]) => !OWN_METADATA.has(key))
    : [];
  const all = kept.length === 0 ? fields : { ...fields, metadata: Object.fromEntries(kept) };
  return withoutMarks(all) as Readonly<Record<string, unknown>>;
}

/** Templates have them too, so every `annotations` is looked at. */
function withoutMarks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMarks);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, below]) => {
      if (key !== "annotations" || !isObject(below)) return [[key, withoutMarks(below)]];
      const kept = Object.entries(below).filter(([name]) => !MARKS.has(name));
      return kept.length === 0 ? [] : [[key, Object.fromEntries(kept)]];
    }),
  );
}

function compare(before: unknown, after: unknown, path: ChangePath, found: FieldChange[]): void {
  if (before === after) return;
  if (isObject(before) && isObject(after)) {
    compareMaps(before, after, path, found);
    return;
  }
  const isSame =
    before !== undefined &&
    after !== undefined &&
    toCanonicalJson(before) === toCanonicalJson(after);
  if (isSame) return;
  if (Array.isArray(before) && Array.isArray(after)) {
    const key = findKey(before, after);
    if (key !== undefined) {
      compareLists(toElements(before, key), toElements(after, key), path, found);
      return;
    }
  }
  found.push({
    path,
    ...(before === undefined ? {} : { from: before }),
    ...(after === undefined ? {} : { to: after }),
  });
}

function compareMaps(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  path: ChangePath,
  found: FieldChange[],
): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    compare(readOwn(before, key), readOwn(after, key), [...path, key], found);
  }
}

type Element = { readonly by: Readonly<Record<string, string>>; readonly value: unknown };

function compareLists(
  before: ReadonlyMap<string, Element>,
  after: ReadonlyMap<string, Element>,
  path: ChangePath,
  found: FieldChange[],
): void {
  for (const [id, { by }] of new Map([...before, ...after])) {
    compare(before.get(id)?.value, after.get(id)?.value, [...path, by], found);
  }
}

/** The fields whose values are different texts in all elements of each list; undefined if there are none. */
function findKey(...lists: readonly (readonly unknown[])[]): readonly string[] | undefined {
  return IDENTIFYING.find((key) =>
    lists.every((list) => list.length > 0 && toElements(list, key).size === list.length),
  );
}

function toElements(list: readonly unknown[], key: readonly string[]): Map<string, Element> {
  const elements = new Map<string, Element>();
  for (const value of list) {
    const texts = key.map((field) => readField(value, field));
    if (!texts.every((text) => typeof text === "string")) continue;
    const by = Object.fromEntries(key.map((field, index) => [field, String(texts[index])]));
    elements.set(JSON.stringify(texts), { by, value });
  }
  return elements;
}
