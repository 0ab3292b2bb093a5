import { createInterface } from "node:readline";
import { startGuarded, type ProcessEnd } from "../host/guarded-process.ts";

export type GoCommand = {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Called with each line of stderr, where Go prints what it downloads and what fails. */
  readonly onLine?: ((line: string) => void) | undefined;
};

export type GoAnswer = ProcessEnd & { readonly stdout: string; readonly stderr: string };

/** Enough for a compiler's error message, and bounded. */
const STDERR_LINES = 40;

/**
 * Runs `go`. When the signal aborts, Go and every compiler that it started are killed, and the promise rejects with the
 * signal's reason. They are killed as well when this process exits.
 */
export async function runGo(command: GoCommand, signal?: AbortSignal): Promise<GoAnswer> {
  signal?.throwIfAborted();
  const process = startGuarded({ ...command, command: "go", output: "pipe" });
  signal?.addEventListener("abort", process.killGroup, { once: true });
  const stdout: string[] = [];
  const stderr: string[] = [];
  process.child.stdout?.setEncoding("utf8").on("data", (text: string) => stdout.push(text));
  if (process.child.stderr !== null) {
    createInterface({ input: process.child.stderr }).on("line", (line) => {
      stderr.push(line);
      if (stderr.length > STDERR_LINES) stderr.shift();
      command.onLine?.(line);
    });
  }
  const closed = new Promise<void>((resolve) => {
    process.child.once("close", () => resolve());
    process.child.once("error", () => resolve());
  });
  const [end] = await Promise.all([process.exited, closed]);
  signal?.removeEventListener("abort", process.killGroup);
  signal?.throwIfAborted();
  return { ...end, stdout: stdout.join(""), stderr: stderr.join("\n") };
}
