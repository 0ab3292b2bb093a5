import { isKubemendError } from "../../core/errors.ts";
import type { Parsed } from "../../events/contract.ts";

/** The message is done: it is acknowledged. */
export type DoneVerdict = { readonly outcome: "done" };

/** The message returns to its queue and will be retried; on a FIFO queue the later messages of its group are too. */
export type RetryVerdict = {
  readonly outcome: "retry";
  readonly reason: string;
  /** For logs and metrics. */
  readonly code?: string | undefined;
  /** Visibility timeout before the retry; absent = a backoff by how often the message was received. */
  readonly delaySeconds?: number | undefined;
  /** Without `delaySeconds`: not earlier than this. The backoff counts if it is longer, because the queue counts receives. */
  readonly atLeastSeconds?: number | undefined;
};

/** No retry can help: the message goes to the dead-letter queue at once, with the reason. */
export type PoisonVerdict = {
  readonly outcome: "poison";
  readonly code: string;
  readonly reason: string;
};

/** What a function decided about one message. */
export type MessageVerdict = DoneVerdict | RetryVerdict | PoisonVerdict;

/** For messages that could not be processed before the function has to stop. */
export const OUT_OF_TIME: RetryVerdict = {
  outcome: "retry",
  code: "OutOfTime",
  reason: "the function stopped before its timeout",
  delaySeconds: 0,
};

/** For messages that are left to a later batch, because this one has worked long enough on others that take as long. */
export const LATER_BATCH: RetryVerdict = {
  outcome: "retry",
  code: "OutOfTime",
  reason: "its expressions take long, and others of its batch that do came first",
};

/** For messages that are blocked by an earlier message of their group. */
export const LATER_IN_GROUP: RetryVerdict = {
  outcome: "retry",
  code: "LaterInGroup",
  reason: "an earlier message of its group will be retried",
};

/** The verdict on a failure: a terminal one is poison; everything else is retried until the queue's maxReceiveCount. */
export function toFailureVerdict(error: unknown): RetryVerdict | PoisonVerdict {
  if (!isKubemendError(error)) {
    const name = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { outcome: "retry", code: "Internal", reason: name };
  }
  if (!error.retryable) return { outcome: "poison", code: error.code, reason: error.message };
  const verdict = { outcome: "retry", code: error.code, reason: error.message } as const;
  const { retryAfterMs } = error;
  return retryAfterMs === undefined
    ? verdict
    : { ...verdict, atLeastSeconds: Math.ceil(retryAfterMs / 1000) };
}

/** The verdict on a body that cannot be read: a newer contract is retried until the functions are upgraded, all else is poison. */
export function toUnreadableVerdict({
  code,
  reason,
}: Extract<Parsed<unknown>, { readonly outcome: "refused" }>): RetryVerdict | PoisonVerdict {
  switch (code) {
    case "newer":
      return { outcome: "retry", code: "NewerContract", reason };
    case "malformed":
      return { outcome: "poison", code: "MalformedMessage", reason };
  }
}
