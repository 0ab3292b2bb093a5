import { isKubemendError } from "../../core/errors.ts";

/** What became of one message. */
export type RecordVerdict =
  /** Acknowledged. */
  | { readonly outcome: "done" }
  /** Given back: it comes again, and on a FIFO queue so do the later ones of its group. `code` is for the metric. */
  | {
      readonly outcome: "retry";
      readonly reason: string;
      readonly code?: string | undefined;
      /** Pause before it comes again; absent = by how often it has come. */
      readonly delaySeconds?: number | undefined;
    }
  /** To the dead-letter queue at once, with its reason: no later try can help. */
  | { readonly outcome: "poison"; readonly code: string; readonly reason: string };

/** Of what could not be done before the function stops. */
export const OUT_OF_TIME: RecordVerdict = {
  outcome: "retry",
  code: "OutOfTime",
  reason: "the function stops in time before its timeout",
  delaySeconds: 0,
};

/** Of a message whose group is held up by an earlier one. */
export const LATER_IN_GROUP: RecordVerdict = {
  outcome: "retry",
  code: "LaterInGroup",
  reason: "an earlier message of its group comes again",
};

/** The verdict of a failure: a terminal one is poison, all else comes again and is ended by the queue's receive limit. */
export function toFailureVerdict(error: unknown): RecordVerdict {
  if (!isKubemendError(error)) {
    const name = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { outcome: "retry", code: "Internal", reason: name };
  }
  if (!error.retryable) return { outcome: "poison", code: error.code, reason: error.message };
  const delaySeconds =
    error.retryAfterMs === undefined ? undefined : Math.ceil(error.retryAfterMs / 1000);
  return { outcome: "retry", code: error.code, reason: error.message, delaySeconds };
}
