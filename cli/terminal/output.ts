import pc from "picocolors";
import { toJsonLine } from "./printable.ts";
import { showTransient, writeError, writeOutput } from "./streams.ts";

const PIPE_INTERVAL_MS = 15_000;

/** The output of a command. People get lines (with colour on a terminal, plain in a pipe), scripts get JSON lines. */
export type Output = {
  readonly json: boolean;
  /** Prints a heading or a sentence; nothing in JSON mode. */
  readonly print: (text: string) => void;
  /** Reports one event: a line for people, an object for scripts. */
  readonly report: (line: string, record: Readonly<Record<string, unknown>>) => void;
  /** Shows the progress of something slow on stderr, because stdout is for results. One line on a terminal, else a line for each step. */
  readonly progress: (text: string) => void;
  /** Shows what the command is waiting for, on a terminal only. */
  readonly status: (text: string) => void;
};

export function createOutput(options: { readonly json: boolean }): Output {
  let lastProgress = "";
  let dueAtMs = 0;
  return {
    json: options.json,
    print(text) {
      if (!options.json) writeOutput(`${text}\n`);
    },
    report(line, record) {
      writeOutput(options.json ? `${toJsonLine(record)}\n` : `${line}\n`);
    },
    progress(text) {
      if (process.stderr.isTTY) {
        showStatus(text);
        return;
      }
      // In a pipe: a line for each new step, and an occasional line while a step takes long.
      const step = text.replace(/, \d+ s(?: \[.*)?$/, "");
      if (step === lastProgress && performance.now() < dueAtMs) return;
      writeError(`${text}\n`);
      lastProgress = step;
      dueAtMs = performance.now() + PIPE_INTERVAL_MS;
    },
    status: showStatus,
  };
}

function showStatus(text: string): void {
  showTransient(pc.dim(text));
}
