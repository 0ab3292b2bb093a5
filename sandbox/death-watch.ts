import { once } from "node:events";
import { KubemendError } from "../core/errors.ts";

/** Notices when a part of the sandbox ends though nobody told it to. */
export type DeathWatch = {
  readonly report: (name: string, lastWords: string) => void;
  /** From now on ends are expected. */
  readonly expect: () => void;
  readonly cause: () => string | undefined;
  readonly untilAbortedOrDead: (signal: AbortSignal) => Promise<void>;
};

/** Remembers the first part that ended by itself. */
export function createDeathWatch(): DeathWatch {
  const died = Promise.withResolvers<never>();
  // Nobody has to wait for it.
  died.promise.catch(() => {});
  let cause: string | undefined;
  let expected = false;
  return {
    report(name, lastWords) {
      if (expected) return;
      cause ??= `${name} of the sandbox has ended by itself. Its last words: ${lastWords || "none"}`;
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
