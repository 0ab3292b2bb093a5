import { setTimeout as delay } from "node:timers/promises";

/** Time and randomness, so that tests can control both. */
export type Clock = {
  /** Monotonic, in ms: for everything that is waited for or measured. Setting the system clock does not affect it. */
  readonly nowMs: () => number;
  /** Wall-clock time, in ms: for what is reported to others. */
  readonly wallMs: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Ends early, without throwing, when the signal is aborted. `ref: false`: it does not keep the process alive. */
  readonly sleep: (
    durationMs: number,
    signal: AbortSignal,
    options?: { readonly ref: boolean },
  ) => Promise<void>;
};

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  random: () => Math.random(),
  sleep: async (durationMs, signal, options) => {
    try {
      await delay(durationMs, undefined, { signal, ...options });
    } catch {
      // Aborted: the caller checks the signal.
    }
  },
};
