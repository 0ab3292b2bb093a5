import { setTimeout as delay } from "node:timers/promises";

/** Time and chance, so that tests may decide both. */
export type Clock = {
  /** Monotonic, in ms: for all that is waited or measured. A clock that is set changes nothing. */
  readonly nowMs: () => number;
  /** Of the calendar, in ms: for what is told to others. */
  readonly wallMs: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Ends early, without a throw, when the signal is aborted. `ref: false`: the process need not live for it. */
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
      // Aborted: whoever sleeps looks at the signal next.
    }
  },
};
