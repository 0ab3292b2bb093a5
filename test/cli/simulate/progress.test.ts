import { expect, test } from "vitest";
import { createProgress } from "../../../cli/simulate/progress.ts";

function run(isTTY: boolean, totalBytes: number | undefined) {
  let now = 0;
  const written: string[] = [];
  const progress = createProgress({
    stream: { isTTY, write: (text) => written.push(text) },
    nowMs: () => now,
    totalBytes,
  });
  return {
    written,
    progress,
    at: (seconds: number, lines: number): void => {
      now = seconds * 1000;
      progress.update({ bytes: lines * 100, lines });
    },
  };
}

test("a short run shows no progress", () => {
  const { written, at, progress } = run(true, 1000);
  at(0.5, 9);
  progress.clear();
  expect(written).toEqual([]);
});

test("on a terminal a bar is redrawn a few times a second, and erased for other output", () => {
  const { written, at, progress } = run(true, 400_000);
  at(1, 1000);
  at(1.1, 1100);
  at(2, 3000);
  progress.clear();
  progress.clear();
  expect(written).toEqual([
    "\r\u001B[2K[######------------------] 25 %, 1,000 lines, 1,000 lines/s",
    "\r\u001B[2K[##################------] 75 %, 3,000 lines, 1,500 lines/s",
    "\r\u001B[2K",
  ]);
});

test("elsewhere an occasional line is written, without terminal control sequences", () => {
  const { written, at, progress } = run(false, undefined);
  for (let second = 1; second <= 25; second += 1) at(second, second * 10);
  progress.clear();
  expect(written).toEqual(["100 lines, 10 lines/s\n", "200 lines, 10 lines/s\n"]);
});

test("a file that grows during the run is never over 100 %", () => {
  const { written, at } = run(true, 100);
  at(2, 50);
  expect(written[0]).toContain("[########################] 100 %");
});
