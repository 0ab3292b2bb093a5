import { showTransient } from "../terminal/streams.ts";

/** A shorter run needs no progress. */
const FIRST_AFTER_MS = 2_000;
const INTERVAL_MS = 500;

/** Shows on a terminal which rule is being compared, and how much was found. */
export type Progress = Disposable & {
  readonly begin: (title: string) => void;
  readonly count: () => void;
};

export function createProgress(): Progress {
  const startedMs = performance.now();
  let title = "";
  let found = 0;
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - startedMs;
    if (elapsedMs < FIRST_AFTER_MS) return;
    const seconds = Math.floor(elapsedMs / 1_000);
    showTransient(`comparing ${title}, ${found.toLocaleString("en")} differ so far, ${seconds} s`);
  }, INTERVAL_MS);
  return {
    begin: (text) => void (title = text),
    count: () => void (found += 1),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
