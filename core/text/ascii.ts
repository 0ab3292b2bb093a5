/**
 * Lower-cases A-Z and nothing else: `String.toLowerCase` also maps characters such as the Kelvin sign (U+212A) onto
 * ASCII letters, so that a name could pass for another.
 */
export function toAsciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
