import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startSchedule } from "../../../sandbox/runtime/schedule.ts";

test("a schedule invokes repeatedly, never concurrently, reports failures, and stops", async () => {
  let active = 0;
  let most = 0;
  let calls = 0;
  const problems: string[] = [];
  const schedule = startSchedule({
    everyMs: 5,
    onProblem: (message) => problems.push(message),
    invoke: async () => {
      active += 1;
      calls += 1;
      most = Math.max(most, active);
      await sleep(10);
      active -= 1;
      return calls === 1
        ? { outcome: "error", type: "Error", message: "no cluster" }
        : { outcome: "ok", payload: null };
    },
  });
  while (calls < 3) await sleep(1);
  await schedule.stop();
  const after = calls;
  await sleep(20);
  expect([most, calls, problems]).toEqual([1, after, ["no cluster"]]);
});
