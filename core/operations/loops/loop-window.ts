/** What a remediation did longer ago than this no longer counts; a later failure starts a new chain. */
export const LOOP_WINDOW_MS: number = 60 * 60_000;

/** The clocks of two executors may differ by this; a later time was not written by one. */
export const CLOCK_TOLERANCE_MS = 5_000;

/** Whether a time is within the window that ends now; a time that cannot be read is not. */
export function isWithinWindow(atMs: number, nowMs: number): boolean {
  const ageMs = nowMs - atMs;
  return ageMs < LOOP_WINDOW_MS && ageMs >= -CLOCK_TOLERANCE_MS;
}
