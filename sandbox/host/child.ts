import { createInterface } from "node:readline";
import { startGuarded, type ProcessEnd } from "./guarded-process.ts";

const TAIL_LINES = 8;

/** A Node process of the sandbox: it cannot outlive this process, and its output is read line by line. */
export type Child = {
  readonly name: string;
  readonly running: () => boolean;
  readonly exited: Promise<ProcessEnd>;
  /** The last lines of its output, for an error message. */
  readonly tail: () => string;
  /** Sends a signal to the process alone: SIGSTOP freezes it, SIGCONT resumes it. */
  readonly signal: (signal: NodeJS.Signals) => void;
  /** SIGKILL, as when a node dies. Resolves when the process has exited. */
  readonly kill: () => Promise<void>;
  /** SIGTERM, then SIGKILL after `graceMs`. */
  readonly stop: (graceMs?: number) => Promise<void>;
};

export type ChildOptions = {
  readonly name: string;
  /** Arguments to Node: the script first. */
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly onLine?: ((line: string) => void) | undefined;
};

export function startChild(options: ChildOptions): Child {
  const guarded = startGuarded({
    command: process.execPath,
    args: options.args,
    environment: options.environment,
    output: "pipe",
  });
  const tail: string[] = [];
  for (const stream of [guarded.child.stdout, guarded.child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      options.onLine?.(line);
    });
  }
  return {
    name: options.name,
    running: guarded.running,
    exited: guarded.exited,
    tail: () => tail.join("\n"),
    signal: guarded.signal,
    async kill() {
      guarded.killGroup();
      await guarded.exited;
    },
    async stop(graceMs = 10_000) {
      const timer = setTimeout(guarded.killGroup, graceMs);
      guarded.signal("SIGTERM");
      await guarded.exited;
      clearTimeout(timer);
    },
  };
}
