import { pause } from "./pause.ts";

export type Poll<T> = {
  /** Undefined means: not yet. What it throws ends the polling. */
  readonly ask: () => Promise<T | undefined>;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** The error to throw when the time is over. */
  readonly toTimeout: () => Error;
};

/** Asks, at least once, until there is an answer. Rejects with the signal's reason when aborted. */
export async function poll<T>(options: Poll<T>, signal?: AbortSignal): Promise<T> {
  const { ask, intervalMs, timeoutMs, toTimeout } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw toTimeout();
    await pause(intervalMs, signal);
  }
}
