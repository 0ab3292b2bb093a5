import * as v from "valibot";
import { sha256 } from "../../events/ids.ts";
import type { RetryVerdict } from "./message-verdict.ts";
import type { SqsRecord } from "./sqs-event.ts";

/** Longest backoff between two receives of a message that failed, before it is spread, unless the setting says otherwise. */
const DEFAULT_MAX_SECONDS = 900;

/** The setting `KUBEMEND_RETRY_BACKOFF_MAX_SECONDS`, in whole seconds; SQS hides a message for 12 h at most. */
export const retryBackoffMaxSeconds: v.GenericSchema<unknown, number> = v.pipe(
  v.optional(v.string(), String(DEFAULT_MAX_SECONDS)),
  v.regex(/^[1-9]\d*$/, "expected whole seconds"),
  v.transform(Number),
  v.maxValue(43_200, "expected 43200 seconds at most"),
);

/** Messages that failed together return spread over this part of their backoff: at one moment they would be the next storm. */
const SPREAD = 0.5;

/**
 * The pause before a retry: as the verdict says, otherwise the backoff, or what the server asked for if that is longer. A short wait never
 * replaces the backoff: the queue hands a message out a limited number of times, which a wait of a second uses up within minutes.
 */
export function toPauseSeconds(
  { delaySeconds, atLeastSeconds = 0 }: RetryVerdict,
  record: SqsRecord,
  maxSeconds?: number,
): number {
  return delaySeconds ?? Math.max(atLeastSeconds, toBackoffSeconds(record, maxSeconds));
}

/**
 * The backoff before a retry: doubles with each receive from 2 s up to 15 min, or up to the setting; and up to a half longer, depending on
 * the id of the message and the number of its receive.
 */
export function toBackoffSeconds(
  { attributes, messageId }: Pick<SqsRecord, "attributes" | "messageId">,
  maxSeconds: number = DEFAULT_MAX_SECONDS,
): number {
  const received = Number(attributes.ApproximateReceiveCount ?? "1");
  const doublings = Number.isSafeInteger(received) ? Math.min(Math.max(received, 1), 10) : 1;
  const seconds = Math.min(2 ** doublings, maxSeconds);
  return seconds + Math.floor(seconds * SPREAD * toFraction(`${messageId} ${received}`));
}

/** From 0 to below 1, spread as evenly as hashes are. */
function toFraction(text: string): number {
  return Number.parseInt(sha256(text).slice(0, 8), 16) / 2 ** 32;
}
