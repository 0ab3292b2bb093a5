import { describe, expect, it } from "vitest";
import { toStarted, toStepEnded } from "../../../core/records/step-progress.ts";
import { FAILED, MADE, NOW, PLANNED } from "./play-plan.ts";

const LATER = "2026-03-01T10:00:05.000Z";

describe("the steps of a record", () => {
  it("are saved with their times, code, message and object", () => {
    const started = toStarted(PLANNED, 0, NOW);
    const done = toStepEnded(started, 0, { ...MADE, message: "it existed" }, LATER);
    expect(done.steps?.[0]).toEqual({
      name: "create",
      state: "done",
      startedAt: NOW,
      endedAt: LATER,
      object: MADE.object,
      message: "it existed",
    });
    expect(toStepEnded(started, 0, FAILED, LATER).steps?.[0]).toEqual({
      name: "create",
      state: "failed",
      startedAt: NOW,
      endedAt: LATER,
      code: "Invalid",
      message: "metadata.name: no",
    });
    expect(toStepEnded(started, 0, { outcome: "done" }, LATER).steps).toEqual([
      { name: "create", state: "done", startedAt: NOW, endedAt: LATER },
      { name: "alert", state: "planned" },
    ]);
  });
});
