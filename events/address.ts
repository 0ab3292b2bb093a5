import * as v from "valibot";

/**
 * The parts of an API path, as the API server accepts them. A message whose address it would refuse is malformed: it is never retried,
 * because no retry can help, and it is never asked for, because `..` would be another path.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#path-segment-names
 */

/** Neither `.` nor `..`, without `/`, `%` and halves of surrogate pairs. */
const SEGMENT = /^(?!\.\.?$)[^/%\p{Cs}]+$/u;

export function isPathSegment(text: string): boolean {
  return SEGMENT.test(text);
}

const NAMESPACE = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

export function isNamespaceName(text: string): boolean {
  return NAMESPACE.test(text);
}

type Text = v.GenericSchema<string, string>;

const toText = (pattern: RegExp, what: string): Text =>
  v.pipe(v.string(), v.regex(pattern, `expected the name of ${what}`));

export const objectName: Text = toText(SEGMENT, "an object");
export const namespaceName: Text = toText(NAMESPACE, "a namespace");
/** "" is the core group. */
export const groupName: Text = toText(/^([a-z0-9][-.a-z0-9]*)?$/, "an API group");
export const versionName: Text = toText(/^[a-z0-9][-a-z0-9]*$/, "an API version");
export const resourceName: Text = toText(/^[a-z0-9][-.a-z0-9]*$/, "a resource");
