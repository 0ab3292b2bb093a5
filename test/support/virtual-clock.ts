import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../../relay/runtime/clock.ts";

/** Time that passes when a test says so; the calendar is set apart from it. */
export type VirtualClock = Clock & {
  /** Lets what is due by then run, in order. */
  readonly pass: (durationMs: number) => Promise<void>;
  /** Time passes, and nothing runs: the process was frozen. */
  readonly freeze: (durationMs: number) => void;
  /** What the calendar says from now on: set, or standing still. */
  readonly setWall: (wallMs: () => number) => void;
};

const TURNS = 20;

/** Until whatever can go on without time has gone on. */
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
