import { expect, test } from "vitest";
import {
  createProgressReporter,
  formatProgressBar,
  type Progress,
} from "../../../sandbox/build/progress.ts";

function reportAt(done: number, atMs: number): Progress | undefined {
  let at = 0;
  let last: Progress | undefined;
  using reporter = createProgressReporter(
    (progress) => (last = progress),
    () => at,
  );
  reporter.advance(0.001);
  at = atMs;
  reporter.advance(done);
  reporter.enter("building", "building etcd");
  return last;
}

test("what remains is estimated from what is done", () => {
  const progress = reportAt(0.25, 60_000);
  expect(progress).toMatchObject({ done: 0.25, remainingMs: 180_000 });
  expect(formatProgressBar(progress as Progress)).toBe(
    "[#####...............] 25 %, about 3 min left",
  );
});

test("a build that has just begun has no estimate", () => {
  const progress = reportAt(0.02, 1_000);
  expect(formatProgressBar(progress as Progress)).toBe("[....................] 2 %");
});

test("the last seconds are less than a minute", () => {
  expect(formatProgressBar(reportAt(0.95, 60_000) as Progress)).toMatch(
    / 95 %, less than a minute/,
  );
});

test("what is no build has no bar", () => {
  const state = { stage: "waiting", message: "", stageElapsedMs: 0, elapsedMs: 0 } as const;
  expect(formatProgressBar(state)).toBe("");
});
