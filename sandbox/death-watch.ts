import { once } from "node:events";
import { KubemendError } from "../core/errors.ts";

/** Detects when a part of the sandbox exits unexpectedly. */
export type DeathWatch = {
  readonly report: (name: string, lastLines: string) => void;
  /** From now on exits are expected. */
  readonly expect: () => void;
  readonly cause: () => string | undefined;
  readonly untilAbortedOrDead: (signal: AbortSignal) => Promise<void>;
};

/** Remembers the first part that exited unexpectedly. */
export function createDeathWatch(): DeathWatch {
  const died = Promise.withResolvers<never>();
  // It is not an unhandled rejection if nobody waits for it.
  died.promise.catch(() => {});
  let cause: string | undefined;
  let expected = false;
  return {
    report(name, lastLines) {
      if (expected) return;
      cause ??= `${name}, a part of the sandbox, exited unexpectedly. Its last log lines: ${lastLines || "none"}`;
      died.reject(new KubemendError("Unavailable", cause, { retryable: false }));
    },
    expect() {
      expected = true;
    },
    cause: () => cause,
    async untilAbortedOrDead(signal) {
      if (signal.aborted) return;
      await Promise.race([once(signal, "abort"), died.promise]);
    },
  };
}
