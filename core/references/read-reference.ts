import { isObject } from "../json/read-json.ts";

/** What a reference says, each field as given; undefined = not said (absent or null, and "" except for the group). */
export type WrittenReference = {
  readonly apiVersion?: string | undefined;
  /** From `group` and `apiGroup`; "" is core. More than one = they may exclude each other. */
  readonly groups: readonly string[];
  readonly version?: string | undefined;
  readonly kind?: string | undefined;
  readonly resource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly uid?: string | undefined;
};

/** All that a reference can say, each a text. */
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

/** Reads own fields only. undefined = malformed: no object, a field that is no text, a name or namespace that is no path segment. */
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
  const namespace = said(fields.namespace);
  const name = said(fields.name);
  if (namespace !== undefined && !isPathSegment(namespace)) return undefined;
  if (name !== undefined && !isPathSegment(name)) return undefined;
  return {
    apiVersion: said(fields.apiVersion),
    groups: [group, apiGroup].filter((text) => text !== undefined),
    version: said(fields.version),
    kind: said(fields.kind),
    resource: said(fields.resource),
    namespace,
    name,
    uid: said(fields.uid),
  };
}

/**
 * Whether a text can stand in an API path as one segment. `.` and `..` would name another path, a lone surrogate cannot
 * be encoded. RBAC names are path segments and no DNS names, so nothing else is asked here.
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

function said(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
