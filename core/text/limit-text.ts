const ELLIPSIS = "…";

/** The text, cut to so many UTF-16 units with an ellipsis; never in the middle of a character. */
export function limitText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const kept = text.slice(0, maxLength - ELLIPSIS.length);
  return `${kept.isWellFormed() ? kept : kept.slice(0, -1)}${ELLIPSIS}`;
}

/** The same for a limit in bytes of UTF-8. */
export function limitBytes(text: string, maxBytes: number): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= maxBytes) return text;
  const room = maxBytes - new TextEncoder().encode(ELLIPSIS).length;
  return `${new TextDecoder().decode(bytes.subarray(0, room), { stream: true })}${ELLIPSIS}`;
}

/** Of the text in UTF-8. */
export function toByteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
