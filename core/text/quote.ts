const MAX_SHOWN = 80;

/** A text from outside for a line for people: in quotes, short, and without anything that steers a terminal or turns the writing direction. */
export function quote(text: string): string {
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
  return JSON.stringify(shown).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The same without quotes, for names that are shown as what they are. */
export function toPlain(text: string): string {
  return quote(text).slice(1, -1);
}
