import { expect, it } from "vitest";
import { WriteSchedule } from "../../../relay/lease/write-schedule.ts";
import { createVirtualClock } from "../../support/host/virtual-clock.ts";

const RETRY_MS = 2_000;

/** A schedule that has just begun a write, and rests; `passed` is when its rest ended. */
function rest(options: { readonly hurry?: number; readonly mayHurry?: boolean } = {}) {
  const clock = createVirtualClock();
  const schedule = new WriteSchedule(clock);
  const stop = new AbortController();
  const begunMs = clock.nowMs();
  let passedMs: number | undefined;
  const start = async (): Promise<void> => {
    schedule.begin();
    await schedule.rest(RETRY_MS, () => options.mayHurry !== false, stop.signal);
    passedMs = clock.nowMs() - begunMs;
  };
  return { clock, schedule, stop, start, passed: () => passedMs };
}

it("rests for the retry period", async () => {
  const { clock, start, passed } = rest();
  const resting = start();
  await clock.pass(RETRY_MS - 1);
  expect(passed()).toBeUndefined();
  await clock.pass(1);
  await resting;
  expect(passed()).toBe(RETRY_MS);
});

it("ends at once if it is woken", async () => {
  const { clock, schedule, start, passed } = rest();
  const resting = start();
  await clock.pass(5);
  schedule.wake();
  await clock.pass(0);
  await resting;
  expect(passed()).toBe(5);
});

it.each([
  [5, 20],
  [20, 20],
  [300, 300],
])(
  "of a write that somebody waits for after %i ms ends at %i ms: two writes begin at least 20 ms apart",
  async (afterMs, endMs) => {
    const { clock, schedule, start, passed } = rest();
    const resting = start();
    await clock.pass(afterMs);
    schedule.hurry();
    await clock.pass(19);
    await clock.pass(1);
    await resting;
    expect(passed()).toBe(endMs);
  },
);

it("of a relay that may not write at once is ended without that distance: it only looks", async () => {
  const { clock, schedule, start, passed } = rest({ mayHurry: false });
  const resting = start();
  await clock.pass(5);
  schedule.hurry();
  await clock.pass(0);
  await resting;
  expect(passed()).toBe(5);
});

it("of a request that came before the write began is served by that write", async () => {
  const { clock, schedule, start, passed } = rest();
  schedule.hurry();
  const resting = start();
  await clock.pass(RETRY_MS - 1);
  expect(passed()).toBeUndefined();
  await clock.pass(1);
  await resting;
});

it("ends if the relay is stopped", async () => {
  const { clock, stop, start, passed } = rest();
  const resting = start();
  await clock.pass(7);
  stop.abort();
  await resting;
  expect(passed()).toBe(7);
});
