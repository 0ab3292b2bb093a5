import { sleep } from "../../sandbox/host/sleep.ts";

export type Waiting = {
  /** `performance.now()` at which nothing more is waited for. */
  readonly deadlineMs: number;
  /** Shows what is awaited. */
  readonly progress: (text: string) => void;
};

const INTERVAL_MS = 1_000;

/** Asks once a second what is still to wait for: undefined once there is nothing any more, or the last answer when the time is over. */
export async function waitUntil(
  ask: () => Promise<string | undefined>,
  { deadlineMs, progress }: Waiting,
  signal: AbortSignal,
): Promise<string | undefined> {
  const startedMs = performance.now();
  for (;;) {
    const rest = await ask();
    signal.throwIfAborted();
    if (rest === undefined || performance.now() >= deadlineMs) return rest;
    progress(`${rest} ${Math.floor((performance.now() - startedMs) / 1000)} s`);
    await sleep(INTERVAL_MS, signal);
    signal.throwIfAborted();
  }
}
