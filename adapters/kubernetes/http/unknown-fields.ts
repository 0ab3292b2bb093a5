import { withoutGot } from "./without-values.ts";

/** The texts of a 400 or 422 to a write with `fieldValidation=Strict`. */
const STRICT = "strict decoding error: ";
const UNKNOWN_FIELD = /unknown field "((?:[^"\\]|\\.)*)"/g;

/**
 * The fields of which an API server says that the object does not have them: `spec.template.spec.containers[0].imge`. None for any other
 * refusal. The text must have no values that were sent, as they could say the same.
 * @see https://github.com/kubernetes/apimachinery/blob/v0.36.3/pkg/runtime/error.go
 */
export function findUnknownFields(text: string): readonly string[] {
  const at = text.indexOf(STRICT);
  if (at < 0) return [];
  const fields = text.slice(at).matchAll(UNKNOWN_FIELD);
  return [...new Set([...fields].map(([, field = ""]) => field))];
}

/** The beginning of the answer to a server-side apply that does not fit the schema of the kind. Its status is 500, whatever the cause. */
const UNTYPED = "failed to create typed patch object ";
const UNDECLARED = /(?<=\s)\.(\S+): field not declared in schema/g;

/**
 * Whether a server-side apply was refused because the object does not fit the schema, which no retry can help.
 * @see https://github.com/kubernetes/apimachinery/blob/v0.36.3/pkg/util/managedfields/internal/structuredmerge.go
 */
export function isUntyped(message: string): boolean {
  return message.startsWith(UNTYPED);
}

/** The fields of a server-side apply of which an API server says that the object does not have them. */
export function findUndeclaredFields(message: string): readonly string[] {
  if (!isUntyped(message)) return [];
  const fields = withoutGot(message).matchAll(UNDECLARED);
  return [...new Set([...fields].map(([, field = ""]) => field))];
}
