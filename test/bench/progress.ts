/** A terminal without output for longer than this looks hung. */
const TICK_MS = 2_000;

export type Progress = Disposable & {
  /** Sets the current step. */
  readonly doing: (what: string) => void;
  /** Sets how far the step is; printed with the next line. */
  readonly at: (detail: string) => void;
};

/** Prints lines on stderr about steps that take over two seconds; shorter steps print nothing. */
export function createProgress(write: (line: string) => void): Progress {
  let what = "";
  let detail = "";
  let sinceMs = performance.now();
  const timer = setInterval(() => {
    if (what === "") return;
    const seconds = Math.round((performance.now() - sinceMs) / 1000);
    write(`  ${what}${detail === "" ? "" : `: ${detail}`} (${seconds} s)`);
  }, TICK_MS);
  timer.unref();
  return {
    doing(next) {
      what = next;
      detail = "";
      sinceMs = performance.now();
    },
    at(next) {
      detail = next;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
