/**
 * How many alerts that nothing vouches for a process sends in a minute. Anybody who may send to a queue can cause them, so they must not
 * drown the others; the first of them say what an operator has to know.
 */
const MAX_PER_MINUTE = 10;
const MINUTE_MS = 60_000;

/** Whether one more may be sent now; it counts if so. */
export type MayAlertUnverified = () => boolean;

/** @param now ms, on any clock. */
export function limitUnverifiedAlerts(now: () => number): MayAlertUnverified {
  let sent: readonly number[] = [];
  return () => {
    const nowMs = now();
    sent = sent.filter((atMs) => nowMs - atMs < MINUTE_MS);
    if (sent.length >= MAX_PER_MINUTE) return false;
    sent = [...sent, nowMs];
    return true;
  };
}
