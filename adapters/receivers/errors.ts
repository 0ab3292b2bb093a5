import { KubemendError, type ErrorCode } from "../../core/errors.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { shorten } from "../../core/text/shorten.ts";

export type ReceiverCode = Extract<ErrorCode, `Receiver${string}`>;

/** The answer of a receiver is quoted up to this length. */
const QUOTE_MAX_LENGTH = 200;

/** Longest wait that a receiver may ask for: SQS hides a message for 12 hours at most, and other alerts are to go through. */
const RETRY_AFTER_MAX_MS = 60 * 60_000;

/**
 * An alert that a receiver did not take. `about` names the receiver; the address of a webhook is a credential, so it is never part of a
 * message.
 */
export function receiverError(
  code: ReceiverCode,
  about: string,
  detail: string,
  retryAfterMs?: number,
): KubemendError {
  const message = `${about}: ${toPrintable(shorten(detail, QUOTE_MAX_LENGTH))}`;
  const retryable = code !== "ReceiverRefused";
  return new KubemendError(code, message, {
    retryable,
    ...(retryAfterMs === undefined
      ? {}
      : { retryAfterMs: Math.min(retryAfterMs, RETRY_AFTER_MAX_MS) }),
  });
}

/** The header Retry-After: whole seconds, or a date. `now` is in ms since the epoch. */
export function toRetryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const time = Date.parse(header);
  return Number.isNaN(time) ? undefined : Math.max(time - now, 0);
}
