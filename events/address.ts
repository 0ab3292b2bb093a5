import * as v from "valibot";

/**
 * The parts of an API path, as the API server accepts them. A message whose address it would refuse is malformed: it is never retried,
 * because no retry can help, and it is never asked for, because `..` would be another path.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#path-segment-names
 */

/**
 * Limits of Kubernetes, except for names of objects: most are at most 253 characters, but nothing limits those of Roles and their bindings,
 * and whoever chooses a longer name must not escape the rules. A longer path than these give is refused by proxies before the API server.
 */
const NAME_MAX_LENGTH = 1024;
const SUBDOMAIN_MAX_LENGTH = 253;
const LABEL_MAX_LENGTH = 63;

/** Neither `.` nor `..`, without `/`, `%` and halves of surrogate pairs. */
const SEGMENT = /^(?!\.\.?$)[^/%\p{Cs}]+$/u;

export function isPathSegment(text: string): boolean {
  return SEGMENT.test(text);
}

export function isObjectName(text: string): boolean {
  return text.length <= NAME_MAX_LENGTH && isPathSegment(text);
}

const NAMESPACE = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

export function isNamespaceName(text: string): boolean {
  return text.length <= LABEL_MAX_LENGTH && NAMESPACE.test(text);
}

type Text = v.GenericSchema<string, string>;

const toText = (pattern: RegExp, maxLength: number, what: string): Text =>
  v.pipe(
    v.string(),
    v.maxLength(maxLength, `expected the name of ${what}, of at most ${maxLength} characters`),
    v.regex(pattern, `expected the name of ${what}`),
  );

export const objectName: Text = toText(SEGMENT, NAME_MAX_LENGTH, "an object");
export const namespaceName: Text = toText(NAMESPACE, LABEL_MAX_LENGTH, "a namespace");
/** "" is the core group. */
export const groupName: Text = toText(
  /^([a-z0-9][-.a-z0-9]*)?$/,
  SUBDOMAIN_MAX_LENGTH,
  "an API group",
);
export const versionName: Text = toText(/^[a-z0-9][-a-z0-9]*$/, LABEL_MAX_LENGTH, "an API version");
export const resourceName: Text = toText(
  /^[a-z0-9][-.a-z0-9]*$/,
  SUBDOMAIN_MAX_LENGTH,
  "a resource",
);
