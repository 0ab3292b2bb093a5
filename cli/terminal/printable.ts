import { toPrintable, UNPRINTABLE } from "../../core/text/printable.ts";

/** The line ends, and the colours that picocolors writes. */
const OWN = new RegExp(String.raw`(\n|\x1B\[(?:[0-2]|22|3[1-6]|39|9[0-7])m)`);

/** The lines of a text that we have put together: only its line ends and colours remain as they are. */
export function toPrintableLines(text: string): string {
  return text
    .split(OWN)
    .map((part, index) => (index % 2 === 1 ? part : toPrintable(part)))
    .join("");
}

/** A JSON document in one line. JSON itself escapes only the control characters below U+0020. */
export function toJsonLine(value: unknown): string {
  return JSON.stringify(value).replace(UNPRINTABLE, toJsonEscape);
}

function toJsonEscape(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    const digits = character.charCodeAt(index).toString(16).padStart(4, "0");
    return `\\u${digits}`;
  }).join("");
}
