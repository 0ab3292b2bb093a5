/**
 * What no text from outside may bring to a terminal: control characters (ESC among them), characters without a width or that change
 * the writing direction, line separators, halves of surrogate pairs, and noncharacters. Variation selectors only choose a glyph.
 */
export const UNPRINTABLE: RegExp =
  /(?![\uFE00-\uFE0F])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\uFFFE\uFFFF]/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Text from outside (a record, a message, an error of a server) as a part of one line: whatever could control the terminal, forge a
 * line or reorder it is written as an escape sequence. Idempotent; leaves printable text as it is.
 */
export function toPrintable(text: string): string {
  return text.replace(UNPRINTABLE, toEscape);
}

function toEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16).padStart(4, "0");
  return SHORT[character] ?? (code > 0xffff ? `\\u{${digits}}` : `\\u${digits}`);
}
