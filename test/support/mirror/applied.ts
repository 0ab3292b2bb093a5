import { isObject } from "../../../core/json/read-json.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * The fields of an object as an API server notes them for Kubemend, which applied them: maps field by field, lists as a whole. That is
 * how it handles custom resources whose schema says nothing about their lists.
 */
export function toFieldsV1(applied: Fields): Fields {
  const { apiVersion: _version, kind: _kind, metadata, ...body } = applied;
  const { name: _name, namespace: _namespace, ...marks } = isObject(metadata) ? metadata : {};
  return toOwned({ metadata: marks, ...body });
}

/** `metadata.managedFields` of an object that Kubemend applied. */
export function toManagedFields(applied: Fields, status?: unknown): readonly Fields[] {
  const entry = { manager: "kubemend", operation: "Apply" };
  const own = { ...entry, fieldsV1: toFieldsV1(applied) };
  if (status === undefined) return [own];
  return [own, { ...entry, subresource: "status", fieldsV1: toOwned({ status }) }];
}

function toOwned(value: Fields): Fields {
  const entries = Object.entries(value).map(([key, field]): [string, Fields] => [
    `f:${key}`,
    isObject(field) ? toOwned(field) : {},
  ]);
  return Object.fromEntries(entries);
}
