const DAY_MS = 24 * 60 * 60_000;

/**
 * How long a signature vouches for a message: as long as the message can be in its queue and then in the dead-letter queue, at 14 days
 * each, which is the longest retention of SQS. Records are kept for longer (`RETIRE_AFTER_MS`), so that a message that is sent again
 * within this time finds the record that it made; later it counts as unsigned.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
export const SIGNED_MAX_AGE_MS: number = 28 * DAY_MS;

/** Whether a message of that time (RFC 3339 ms) is older than its signature counts. */
export function isTooOld(time: string, nowMs: number): boolean {
  return nowMs - Date.parse(time) > SIGNED_MAX_AGE_MS;
}
