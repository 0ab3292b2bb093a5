import { QUOTED_MAX_LENGTH } from "./limit-message.ts";
import { toPrintable } from "./printable.ts";
import { shorten } from "./shorten.ts";

/**
 * A text that a person has written, such as a reason or a user name, as a part of a message: one printable line of at most 200 characters.
 * The message is kept in records, sent in alerts, logged, and printed by tools that print it as it is.
 */
export function quotePerson(text: string): string {
  return toPrintable(shorten(text, QUOTED_MAX_LENGTH));
}
