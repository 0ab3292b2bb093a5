/**
 * How many values a JSON text makes. Each takes memory when it is parsed, whatever its length: 4 MiB of `{},{},…` become more than
 * 100 MB. So the text is counted before it is parsed.
 */

/**
 * Values of a change, its lists and objects included. An object of 1.5 MB, etcd's default limit, has fewer unless its values take less
 * than 15 bytes each; a larger one is sent as metadata. The most expensive values, integers beyond 2^53, then take less than 100 MB.
 */
export const CHANGE_MAX_VALUES = 100_000;
/** Of a message without an object: the largest has a thousand references. Several of these are processed side by side. */
export const MESSAGE_MAX_VALUES = 50_000;

/** A value and its comma take two characters. */
const SHORTEST_VALUE = 2;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Whether JSON text has more values than allowed: by its commas and opening brackets outside of strings, counted no further than that. */
export function hasMoreValues(text: string, maxValues: number): boolean {
  if (text.length <= maxValues * SHORTEST_VALUE) return false;
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) at = findEndOfString(text, at);
    // ",", "{" and "[".
    else if (unit === 0x2c || unit === 0x7b || unit === 0x5b) {
      count += 1;
      if (count > maxValues) return true;
    }
  }
  return false;
}

/** The closing quote, or the end of the text if it is truncated. */
export function findEndOfString(text: string, opening: number): number {
  for (let from = opening + 1; ;) {
    const closing = text.indexOf('"', from);
    if (closing === -1) return text.length;
    let slashes = 0;
    while (text.charCodeAt(closing - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return closing;
    from = closing + 1;
  }
}
