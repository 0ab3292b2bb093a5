import pc from "picocolors";

const PIPE_PAUSE_MS = 15_000;

/** Where a command tells what it does. People get lines (colour on a terminal, plain in a pipe); scripts get JSON lines. */
export type Output = {
  readonly json: boolean;
  /** A heading or a sentence; nothing in JSON mode. */
  readonly say: (text: string) => void;
  /** One thing that happened: a line for people, an object for scripts. */
  readonly tell: (line: string, record: Readonly<Record<string, unknown>>) => void;
  /** Progress of something slow, on stderr, so that stdout stays for results. Rewrites its line on a terminal. */
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
    say(text) {
      if (options.json) return;
      closeProgress();
      stdout.write(`${text}\n`);
    },
    tell(line, record) {
      closeProgress();
      stdout.write(options.json ? `${JSON.stringify(record)}\n` : `${line}\n`);
    },
    progress(text) {
      if (stderr.isTTY) {
        stderr.write(`\r\u001B[2K${pc.dim(text)}`);
        open = true;
        return;
      }
      // In a pipe a line for each new thing, and one now and then while it takes its time.
      const thing = text.replace(/\d+ s$/, "");
      if (thing === lastProgress && performance.now() < dueAtMs) return;
      stderr.write(`${text}\n`);
      lastProgress = thing;
      dueAtMs = performance.now() + PIPE_PAUSE_MS;
    },
  };
}
