import type { Clock } from "./clock.ts";

/** How long to wait before the next attempt. */
export type Backoff = {
  /**
   * @param attempt `progressed`: a change or a bookmark came; `livedMs`: how long it lasted.
   * @returns ms. 0 after a watch that progressed and lasted at least `maxMs`; about `minMs` after one that progressed; otherwise twice
   *   the last wait, up to `maxMs`. With jitter, so that watches do not return at the same moment.
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
