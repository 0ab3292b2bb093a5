import { isObject } from "../json/read-json.ts";

/** The fields of a reference as given; undefined = not stated (absent or null, or "" unless it is the group). */
export type WrittenReference = {
  readonly apiVersion?: string | undefined;
  /** From `group` and `apiGroup`; "" is the core group. If there are two, they may contradict each other. */
  readonly groups: readonly string[];
  readonly version?: string | undefined;
  readonly kind?: string | undefined;
  readonly resource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly uid?: string | undefined;
};

/** All fields that a reference can have; each is text. */
export const REFERENCE_FIELDS = [
  "apiVersion",
  "group",
  "apiGroup",
  "version",
  "kind",
  "resource",
  "namespace",
  "name",
  "uid",
] as const;

/** No name of an object is longer: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const MAX_NAME_LENGTH = 253;

/** Reads own fields only. Undefined = malformed: not an object, a field that is not text, or a name or namespace that is not a path segment. */
export function readReference(value: unknown): WrittenReference | undefined {
  if (!isObject(value)) return undefined;
  const fields: Partial<Record<(typeof REFERENCE_FIELDS)[number], string>> = {};
  for (const field of REFERENCE_FIELDS) {
    const given = Object.hasOwn(value, field) ? value[field] : undefined;
    if (given === undefined || given === null) continue;
    if (typeof given !== "string") return undefined;
    fields[field] = given;
  }
  const { group, apiGroup } = fields;
  const namespace = nonEmpty(fields.namespace);
  const name = nonEmpty(fields.name);
  if (namespace !== undefined && !isPathSegment(namespace)) return undefined;
  if (name !== undefined && !isPathSegment(name)) return undefined;
  return {
    apiVersion: nonEmpty(fields.apiVersion),
    groups: [group, apiGroup].filter((text) => text !== undefined),
    version: nonEmpty(fields.version),
    kind: nonEmpty(fields.kind),
    resource: nonEmpty(fields.resource),
    namespace,
    name,
    uid: nonEmpty(fields.uid),
  };
}

/**
 * Whether a text can be one segment of an API path. `.` and `..` would lead to another path, and a lone surrogate cannot be
 * encoded. Nothing else is required, because names of RBAC objects are path segments but not DNS names.
 */
export function isPathSegment(text: string): boolean {
  return (
    text.length <= MAX_NAME_LENGTH &&
    !text.includes("/") &&
    text !== "." &&
    text !== ".." &&
    text.isWellFormed()
  );
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
