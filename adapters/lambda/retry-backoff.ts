import * as v from "valibot";
import type { SqsRecord } from "./sqs-event.ts";

/** Longest backoff between two receives of a message that failed, unless the setting says otherwise. */
const DEFAULT_MAX_SECONDS = 900;

/** The setting `KUBEMEND_RETRY_BACKOFF_MAX_SECONDS`, in whole seconds; SQS hides a message for 12 h at most. */
export const retryBackoffMaxSeconds: v.GenericSchema<unknown, number> = v.pipe(
  v.optional(v.string(), String(DEFAULT_MAX_SECONDS)),
  v.regex(/^[1-9]\d*$/, "expected whole seconds"),
  v.transform(Number),
  v.maxValue(43_200, "expected 43200 seconds at most"),
);

/** The backoff before a retry: doubles with each receive from 2 s up to 15 min, or up to the setting. */
export function toBackoffSeconds(
  record: Pick<SqsRecord, "attributes">,
  maxSeconds: number = DEFAULT_MAX_SECONDS,
): number {
  const received = Number(record.attributes.ApproximateReceiveCount ?? "1");
  const doublings = Number.isSafeInteger(received) ? Math.min(Math.max(received, 1), 10) : 1;
  return Math.min(2 ** doublings, maxSeconds);
}
