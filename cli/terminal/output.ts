import pc from "picocolors";

const PIPE_INTERVAL_MS = 15_000;

/** The output of a command. People get lines (with colour on a terminal, plain in a pipe), scripts get JSON lines. */
export type Output = {
  readonly json: boolean;
  /** Prints a heading or a sentence; nothing in JSON mode. */
  readonly print: (text: string) => void;
  /** Reports one event: a line for people, an object for scripts. */
  readonly report: (line: string, record: Readonly<Record<string, unknown>>) => void;
  /** Shows the progress of something slow on stderr, because stdout is for results. Rewrites its line on a terminal. */
  readonly progress: (text: string) => void;
};

export function createOutput(options: { readonly json: boolean }): Output {
  const { stdout, stderr } = process;
  let open = false;
  let lastProgress = "";
  let dueAtMs = 0;
  const closeProgress = (): void => {
    if (open) stderr.write("\n");
    open = false;
  };
  return {
    json: options.json,
    print(text) {
      if (options.json) return;
      closeProgress();
      stdout.write(`${text}\n`);
    },
    report(line, record) {
      closeProgress();
      stdout.write(options.json ? `${JSON.stringify(record)}\n` : `${line}\n`);
    },
    progress(text) {
      if (stderr.isTTY) {
        stderr.write(`\r\u001B[2K${pc.dim(text)}`);
        open = true;
        return;
      }
      // In a pipe: a line for each new step, and an occasional line while a step takes long.
      const step = text.replace(/\d+ s$/, "");
      if (step === lastProgress && performance.now() < dueAtMs) return;
      stderr.write(`${text}\n`);
      lastProgress = step;
      dueAtMs = performance.now() + PIPE_INTERVAL_MS;
    },
  };
}
