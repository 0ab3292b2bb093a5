import { once } from "node:events";
import { KubemendError } from "../core/errors.ts";

/** Detects when a part of the sandbox exits unexpectedly. */
export type ExitMonitor = {
  readonly report: (name: string, lastLines: string) => void;
  /** From now on exits are expected. */
  readonly expect: () => void;
  readonly cause: () => string | undefined;
  readonly untilAbortedOrExited: (signal: AbortSignal) => Promise<void>;
};

/** Remembers the first part that exited unexpectedly. */
export function createExitMonitor(): ExitMonitor {
  const exited = Promise.withResolvers<never>();
  // It is not an unhandled rejection if nobody waits for it.
  exited.promise.catch(() => {});
  let cause: string | undefined;
  let expected = false;
  return {
    report(name, lastLines) {
      if (expected) return;
      cause ??= `${name}, a part of the sandbox, exited unexpectedly. Its last log lines: ${lastLines || "none"}`;
      exited.reject(new KubemendError("Unavailable", cause, { retryable: false }));
    },
    expect() {
      expected = true;
    },
    cause: () => cause,
    async untilAbortedOrExited(signal) {
      if (signal.aborted) return;
      await Promise.race([once(signal, "abort"), exited.promise]);
    },
  };
}
