import { shorten } from "./shorten.ts";

/**
 * Longest message of a problem, an outcome, a wait or a step, in UTF-16 units. A message may quote an object, and whoever writes that chooses
 * how long it is; records, alerts and Events keep the message, and all of them have limits.
 */
export const MESSAGE_MAX_LENGTH = 1_000;

/** Longest text of a value that a message quotes. */
export const QUOTED_MAX_LENGTH = 200;

/** The message as records and alerts keep it: its beginning and its end if it is too long. */
export function limitMessage(message: string): string {
  return shorten(message, MESSAGE_MAX_LENGTH);
}
