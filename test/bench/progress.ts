/** A terminal that stands still for longer looks hung. */
const TICK_MS = 2_000;

export type Progress = Disposable & {
  /** What is being done, from here on. */
  readonly doing: (what: string) => void;
  /** How far it is; told with the next line. */
  readonly at: (detail: string) => void;
};

/** Lines on stderr about work that takes over two seconds; what is quicker is not told. */
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
