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
