import { isRawInteger } from "../../events/json.ts";
import type { KubernetesObject, ResourceType } from "../../events/change.ts";
import { formatFieldPattern, EACH, type FieldPattern } from "../json/field-pattern.ts";
import { isObject } from "../json/read-json.ts";

/** Annotations in which tools store a copy of the whole object: kubectl, kapp, and Rancher with Fleet, which packs it. */
const LAST_APPLIED: readonly string[] = [
  "kubectl.kubernetes.io/last-applied-configuration",
  "kapp.k14s.io/original",
  "kapp.k14s.io/original-diff",
  "kapp.k14s.io/original-diff-full",
  "objectset.rio.cattle.io/applied",
];

/** The parts of a Secret that never leave the cluster. */
export const SECRET_PATHS: readonly FieldPattern[] = [["data"], ["stringData"]];

export type Redacted = {
  readonly object: KubernetesObject;
  /** The configured paths at which something was removed; empty for most objects. */
  readonly redacted: readonly string[];
  /** Manager of the newest managedFields entry: a hint, never authority. */
  readonly writer: string | undefined;
};

/**
 * The part of an object that may leave the cluster: without managedFields, without the values of a Secret, and without the
 * fields at `paths`. If any path applies, the copies of the object that kubectl and others keep in annotations are removed too.
 * This is the only redactor, for messages, logs, recordings and for objects that are read again later. It does not modify the
 * given object, is total on any JSON, and is idempotent.
 */
export function redact(
  object: KubernetesObject,
  resource: Pick<ResourceType, "group" | "resource">,
  paths: readonly FieldPattern[] = [],
): Redacted {
  const { managedFields, ...metadata } = object.metadata;
  const writer = readWriter(managedFields);
  const all = isSecret(object, resource) ? [...SECRET_PATHS, ...paths] : paths;
  let slim: KubernetesObject = { ...object, metadata };
  const redacted: string[] = [];
  for (const path of all.length === 0 ? [] : [...all, ...LAST_APPLIED_PATHS]) {
    const left = takeOut(slim, path, 0) as KubernetesObject;
    if (left !== slim) redacted.push(formatFieldPattern(path));
    slim = left;
  }
  return { object: slim, redacted, writer };
}

const LAST_APPLIED_PATHS: readonly FieldPattern[] = LAST_APPLIED.map((name) => [
  "metadata",
  "annotations",
  name,
]);

/** By the watched resource, or by the kind that the object states. */
function isSecret(
  object: KubernetesObject,
  resource: Pick<ResourceType, "group" | "resource">,
): boolean {
  return (resource.group === "" && resource.resource === "secrets") || object.kind === "Secret";
}

/**
 * The value without the field at the path; the identical value if there is none. A key applied to a list is applied to each item; one of
 * digits means all of them, as the place of an item says nothing.
 */
function takeOut(value: unknown, path: FieldPattern, at: number): unknown {
  const key = path[at];
  if (key === undefined || typeof value !== "object" || value === null) return value;
  if (isRawInteger(value)) return value;
  if (Array.isArray(value)) {
    const below = key === EACH || /^\d+$/.test(key) ? at + 1 : at;
    const items = value.map((item: unknown) => takeOut(item, path, below));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  if (key !== EACH) return withoutField(fields, key, path, at);
  const values = Object.values(fields);
  const left = values.map((item) => takeOut(item, path, at + 1));
  if (left.every((item, index) => item === values[index])) return value;
  return Object.fromEntries(Object.keys(fields).map((name, index) => [name, left[index]]));
}

function withoutField(
  fields: Readonly<Record<string, unknown>>,
  key: string,
  path: FieldPattern,
  at: number,
): Readonly<Record<string, unknown>> {
  if (!Object.hasOwn(fields, key)) return fields;
  if (at === path.length - 1) {
    const { [key]: _taken, ...others } = fields;
    return others;
  }
  const before = fields[key];
  const after = takeOut(before, path, at + 1);
  return after === before ? fields : { ...fields, [key]: after };
}

function readWriter(managedFields: unknown): string | undefined {
  if (!Array.isArray(managedFields)) return undefined;
  let newest: { readonly manager: string; readonly time: string } | undefined;
  for (const entry of managedFields as readonly unknown[]) {
    if (!isObject(entry) || typeof entry["manager"] !== "string") continue;
    const time = typeof entry["time"] === "string" ? entry["time"] : "";
    if (newest === undefined || time >= newest.time) newest = { manager: entry["manager"], time };
  }
  return newest?.manager;
}
