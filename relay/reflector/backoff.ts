import type { Clock } from "../runtime/clock.ts";

/** How long to wait before asking again. */
export type Backoff = {
  /**
   * @param attempt `progressed`: a change or a bookmark came; `livedMs`: how long it lasted.
   * @returns ms. Nothing after a watch that lived its time; the least wait after one that brought something; else twice the
   *   last one, up to the most. With jitter, so that watches do not come back in step.
   */
  readonly next: (attempt: { readonly progressed: boolean; readonly livedMs: number }) => number;
};

export function createBackoff(
  limits: { readonly minMs: number; readonly maxMs: number },
  clock: Pick<Clock, "random">,
): Backoff {
  let failures = 0;
  return {
    next({ progressed, livedMs }) {
      if (progressed && livedMs >= limits.maxMs) {
        failures = 0;
        return 0;
      }
      failures = progressed ? 0 : failures + 1;
      const doubled = limits.minMs * 2 ** Math.min(Math.max(0, failures - 1), 20);
      const base = Math.min(limits.maxMs, doubled);
      return Math.min(limits.maxMs, base * (1 + clock.random()));
    },
  };
}
