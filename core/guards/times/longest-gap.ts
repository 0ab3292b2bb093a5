import { toBounds } from "./next-change.ts";
import type { Period } from "./period.ts";
import { isAnyOpen } from "./windows.ts";

/** A Monday from which the clocks of hardly any zone are changed within 15 days. */
export const A_MONDAY_MS: number = Date.parse("2026-06-01T00:00:00Z");

/** For how long at most none of the windows is open (ms), in a week in which no clock is changed. */
export function findLongestGap(windows: readonly Period[]): number {
  let longest = 0;
  let closedMs: number | undefined;
  for (const bound of [A_MONDAY_MS, ...toBounds(windows, A_MONDAY_MS)]) {
    if (!isAnyOpen(windows, bound)) closedMs ??= bound;
    else if (closedMs !== undefined) {
      longest = Math.max(longest, bound - closedMs);
      closedMs = undefined;
    }
  }
  return longest;
}
