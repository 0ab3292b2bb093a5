import { EXIT_OK } from "./exit.ts";
import { findFailureCode } from "./failure-code.ts";
import { toPrintableLines } from "./printable.ts";

const ERASE_LINE = "\r\u001B[2K";
let isTransientShown = false;
let isOutputBegun = false;

/** Writes a text of ours to stdout; every text of the command line passes through here or `writeError`. */
export function writeOutput(text: string): void {
  clearTransient();
  isOutputBegun = true;
  process.stdout.write(toPrintableLines(text));
}

/** Whether anything was written to stdout. */
export function hasWritten(): boolean {
  return isOutputBegun;
}

/** Writes a text of ours to stderr. */
export function writeError(text: string): void {
  clearTransient();
  process.stderr.write(toPrintableLines(text));
}

/** Shows a line on the terminal of stderr until the next output or the next such line; nothing if stderr is no terminal. */
export function showTransient(text: string): void {
  const { stderr } = process;
  if (!stderr.isTTY) return;
  stderr.write(`${ERASE_LINE}${fitToWidth(toPrintableLines(text), stderr.columns)}`);
  isTransientShown = true;
}

/** Erases that line. */
export function clearTransient(): void {
  if (isTransientShown) process.stderr.write(ERASE_LINE);
  isTransientShown = false;
}

const COLOUR = new RegExp(String.raw`\x1B\[\d+m`, "g");

/** Shortens a line so that it does not wrap: a wrapped line could not be erased. Without a known width it stays as it is. */
export function fitToWidth(text: string, columns: number | undefined): string {
  const plain = text.replace(COLOUR, "");
  if (columns === undefined || columns <= 0 || plain.length < columns) return text;
  return columns < 2 ? "" : `${plain.slice(0, columns - 2)}…`;
}

/**
 * What follows if an output cannot be written. If its reader has closed it, as `| head` does, the command ends silently, with the
 * exit code that it has so far. Any other failure, such as a full disk, is reported in one line, and the exit code is 1.
 */
export function handleOutputErrors(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(process.exitCode ?? EXIT_OK);
    writeError(`kubemend: standard output cannot be written: ${error.message}\n`);
    process.exit(findFailureCode());
  });
  // There is nowhere left to report it; the exit code still says how the command ended.
  process.stderr.on("error", () => {});
}
