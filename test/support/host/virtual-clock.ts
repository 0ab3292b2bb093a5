import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../../../relay/runtime/clock.ts";

/** A clock that advances when a test says so; the wall clock is set separately. */
export type VirtualClock = Clock & {
  /** Advances the time and runs all due timers in order. */
  readonly pass: (durationMs: number) => Promise<void>;
  /** Advances the time without running anything, as if the process were suspended. */
  readonly freeze: (durationMs: number) => void;
  /** Sets the wall clock from now on, running or stopped. */
  readonly setWall: (wallMs: () => number) => void;
};

const TURNS = 20;

/** Resolves when all tasks that do not wait for time have run. */
export async function settle(): Promise<void> {
  for (let count = 0; count < TURNS; count += 1) await turn();
}

export function createVirtualClock(): VirtualClock {
  let nowMs = 1_000_000;
  let wall = (): number => Date.parse("2026-01-01T00:00:00Z") + nowMs;
  const sleepers = new Set<{ readonly atMs: number; readonly wake: () => void }>();
  return {
    nowMs: () => nowMs,
    wallMs: () => wall(),
    random: () => 0,
    async sleep(durationMs, signal) {
      if (signal.aborted) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const sleeper = { atMs: nowMs + durationMs, wake: resolve };
      sleepers.add(sleeper);
      signal.addEventListener("abort", () => resolve(), { once: true });
      await promise;
      sleepers.delete(sleeper);
    },
    async pass(durationMs) {
      const untilMs = nowMs + durationMs;
      await settle();
      for (;;) {
        const [next] = [...sleepers].toSorted((a, b) => a.atMs - b.atMs);
        if (next === undefined || next.atMs > untilMs) break;
        nowMs = Math.max(nowMs, next.atMs);
        sleepers.delete(next);
        next.wake();
        await settle();
      }
      nowMs = Math.max(nowMs, untilMs);
    },
    freeze(durationMs) {
      nowMs += durationMs;
    },
    setWall(wallMs) {
      wall = wallMs;
    },
  };
}
