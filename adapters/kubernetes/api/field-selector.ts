/**
 * One term of a field selector: `metadata.name=<value>`. A name may contain a comma, an equals sign or a backslash, as those of
 * Roles do; unescaped they would end the value.
 * @see https://pkg.go.dev/k8s.io/apimachinery/pkg/fields#EscapeValue
 * @example toFieldTerm("metadata.name", "a,b") // "metadata.name=a\\,b"
 */
export function toFieldTerm(field: string, value: string): string {
  return `${field}=${value.replaceAll(/[\\,=]/g, String.raw`\$&`)}`;
}
