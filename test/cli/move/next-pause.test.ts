import { expect, it } from "vitest";
import type { MoveStatus } from "../../../events/moves/move.ts";
import { toNextPause } from "../../../cli/move/next-pause.ts";

const WAITING: MoveStatus = {
  phase: "Deleting",
  since: "2026-01-01T00:00:00Z",
  startedAt: "2026-01-01T00:00:00Z",
  current: { object: "Leaf shop/c", doing: "wait until it is gone from the source" },
};

it("looks again soon after any progress, and less often without", () => {
  let pause = toNextPause(undefined, WAITING);
  const waits = [pause.ms];
  for (let looks = 0; looks < 6; looks += 1) {
    pause = toNextPause(pause, WAITING);
    waits.push(pause.ms);
  }
  expect(waits).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000]);
  const next = { ...WAITING, counts: { gone: 1 } } as MoveStatus;
  expect(toNextPause(pause, next).ms).toBe(100);
});
