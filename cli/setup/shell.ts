import { join } from "node:path";

const PLAIN = /^[\w@%+=:,./-]+$/;

/** A word of a shell command, quoted if it must be. */
export function quoteWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A shell command of these words. */
export function toCommand(...words: readonly string[]): string {
  return words.map(quoteWord).join(" ");
}

/** This command, as a shell starts it from anywhere. */
export function toKubemend(root: string): string {
  return `node ${quoteWord(join(root, "dist", "kubemend.mjs"))}`;
}
