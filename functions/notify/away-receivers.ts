import { isKubemendError } from "../../core/errors.ts";
import { receiverError } from "../../adapters/receivers/errors.ts";

/** How long a receiver that did not answer is not asked again. */
const AWAY_MS = 10_000;

/** Receivers that are known to be away. */
export type AwayReceivers = {
  /** Throws a temporary error if the receiver is not to be asked now. */
  readonly check: (name: string) => void;
  /** An attempt ended: with this error, or, without one, well. */
  readonly note: (name: string, error?: unknown) => void;
};

/**
 * Remembers in this process which receivers did not answer, and which asked to be left alone for a time. An alert for such a receiver goes
 * back to the queue at once: an invocation that waits for the answer is one that delivers nothing to others.
 *
 * @param now ms since the epoch.
 */
export function createAwayReceivers(now: () => number): AwayReceivers {
  const away = new Map<string, number>();
  return {
    check(name) {
      const waitMs = (away.get(name) ?? 0) - now();
      if (waitMs <= 0) return;
      const seconds = Math.ceil(waitMs / 1_000);
      const detail = `it did not take an alert a moment ago, and is asked again in ${seconds} s`;
      throw receiverError("ReceiverUnavailable", `receiver ${name}`, detail, waitMs);
    },
    note(name, error) {
      const waitMs = toWaitMs(error);
      if (waitMs === undefined) away.delete(name);
      else away.set(name, now() + waitMs);
    },
  };
}

/** Undefined if the next alert may be sent at once: what is wrong with one of them need not be wrong with the next. */
function toWaitMs(error: unknown): number | undefined {
  if (isKubemendError(error, "ReceiverUnreachable")) return AWAY_MS;
  return isKubemendError(error) && error.retryable ? error.retryAfterMs : undefined;
}
