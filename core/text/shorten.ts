/**
 * The text, or its beginning and its end if it is longer: the beginning names the problem, and the end says what follows from it. A character
 * of two UTF-16 units that is cut in half is replaced.
 */
export function shorten(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const endLength = Math.floor(maxLength / 3);
  return `${text.slice(0, maxLength - endLength - 3)} … ${text.slice(-endLength)}`.toWellFormed();
}
