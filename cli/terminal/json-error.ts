import { toJsonLine } from "./printable.ts";
import { hasWritten, writeOutput } from "./streams.ts";

/**
 * Writes an error that ended a command as one JSON document, beside the message on stderr, if the command was asked for JSON and has
 * written nothing: whoever parses its output gets a document in any case. A command that has begun to write ends its document itself.
 */
export function writeJsonError(message: string): void {
  if (isJsonAsked(process.argv.slice(2)) && !hasWritten()) {
    writeOutput(`${toJsonLine({ error: message })}\n`);
  }
}

/** Whether the arguments ask for JSON. They may be wrong otherwise, so they are looked at as they are. */
export function isJsonAsked(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  const options = end === -1 ? words : words.slice(0, end);
  return options.some(
    (word, index) =>
      word === "--json" ||
      word === "--output=json" ||
      (word === "json" && options[index - 1] === "--output"),
  );
}
