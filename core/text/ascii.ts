/**
 * Lower-cases A-Z and nothing else: `String.toLowerCase` also maps characters such as the Kelvin sign (U+212A) to
 * ASCII letters, so that one name could be mistaken for another.
 */
export function toAsciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
