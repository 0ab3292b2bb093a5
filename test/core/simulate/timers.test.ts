import { expect, test } from "vitest";
import { createTimers } from "../../../core/simulate/timers.ts";

test("what is due is done in the order of its time, and of the calls at the same time", () => {
  const timers = createTimers();
  const done: string[] = [];
  const times = [5, 3, 9, 1, 3, 7, 2, 8, 3];
  for (const [index, atMs] of times.entries())
    timers.add(atMs, () => done.push(`${atMs}#${index}`));
  timers.runUntil(7);
  expect(done).toEqual(["1#3", "2#6", "3#1", "3#4", "3#8", "5#0", "7#5"]);
  timers.runUntil(9);
  expect(done.slice(7)).toEqual(["8#7", "9#2"]);
});

test("what a timer adds is done in the same run if its time has come, and once", () => {
  const timers = createTimers();
  const done: number[] = [];
  timers.add(1, () => {
    done.push(1);
    timers.add(3, () => done.push(3));
    timers.add(2, () => done.push(2));
  });
  timers.runUntil(2);
  timers.runUntil(2);
  expect(done).toEqual([1, 2]);
});
