import { findNextChange } from "./next-change.ts";
import { isDuring, type Period } from "./period.ts";

/** A time in which nothing is started, in ms since the epoch; it ends before `toMs`. */
export type Freeze = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason?: string | undefined;
};

/** The freeze that applies at a time (ms since the epoch), of several the one that ends last. */
export function findFreeze(freezes: readonly Freeze[], ms: number): Freeze | undefined {
  return freezes
    .filter(({ fromMs, toMs }) => fromMs <= ms && ms < toMs)
    .toSorted((a, b) => b.toMs - a.toMs)[0];
}

export function isAnyOpen(windows: readonly Period[], ms: number): boolean {
  return windows.some((window) => isDuring(window, ms));
}

/** When the windows open, if they are closed, or close, if one is open; undefined if they stay so for 15 days. */
export function findNextOpening(windows: readonly Period[], ms: number): number | undefined {
  return findNextChange(windows, ms, (at) => isAnyOpen(windows, at));
}
