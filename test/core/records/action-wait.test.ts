import { describe, expect, it } from "vitest";
import type { RecordStatus } from "../../../events/remediation.ts";
import { describeActionWait, planActionWait } from "../../../core/records/wait-before-start.ts";
import { withPlan } from "../../../core/records/plan.ts";
import { toWaiting } from "../../../core/records/wait.ts";

const START = "2026-03-01T10:00:00.000Z";
const startMs = Date.parse(START);
const at = (seconds: number): string => new Date(startMs + seconds * 1_000).toISOString();
const BUSY = { reason: "ConcurrentRun", message: "a run is active" };
const RUNNING: RecordStatus = { phase: "Running" };
const HOUR_S = 3_600;

function toUntil(status: RecordStatus, seconds: number, wait = {}): unknown {
  const planned = planActionWait(status, { ...BUSY, ...wait }, {}, at(seconds));
  return planned.ok ? planned.value.until : planned.error;
}

describe("the wait of an action that can do nothing yet", () => {
  it("begins with five seconds and grows with the time that it has lasted, to a minute", () => {
    const since = { ...RUNNING, waitingSince: START };
    expect(toUntil(RUNNING, 0)).toBe(at(5));
    expect(toUntil(since, 5)).toBe(at(10));
    expect(toUntil(since, 20)).toBe(at(40));
    expect(toUntil(since, 600)).toBe(at(660));
  });

  it("is as long as the action says", () => {
    expect(toUntil(RUNNING, 0, { lookAgainMs: 15_000 })).toBe(at(15));
  });

  it("is counted from the first time, through other waits, until the plan is made", () => {
    const first = planActionWait(RUNNING, BUSY, {}, START);
    if (!first.ok) throw new Error(first.error.message);
    const waiting = toWaiting({ phase: "Running", holder: "me" }, first.value);
    expect(waiting).toEqual({ phase: "Waiting", wakeAt: at(5), waitingSince: START, ...BUSY });
    expect(planActionWait(waiting, BUSY, {}, at(5))).toMatchObject({
      value: { waitingSince: START },
    });
    expect(withPlan(waiting, { operations: [] })).not.toHaveProperty("waitingSince");
  });

  it("keeps the time of a record that was woken early, so that a trigger that changes often costs no wake-ups", () => {
    const early = { ...RUNNING, waitingSince: START, wakeAt: at(40) };
    expect(toUntil(early, 21)).toBe(at(40));
    // That of another wait is another time.
    expect(toUntil({ ...RUNNING, wakeAt: at(600) }, 21)).toBe(at(26));
  });

  it("ends after the rule's giveUpAfter, one hour unless the rule or the action says otherwise", () => {
    const since = { ...RUNNING, waitingSince: START };
    const expired = { phase: "Expired", code: "ConcurrentRun" };
    expect(toUntil(since, HOUR_S - 1)).toBe(at(HOUR_S));
    expect(toUntil(since, HOUR_S)).toEqual({ ...expired, message: "waited 1h: a run is active" });
    const rule = { giveUpAfterMs: 60_000 };
    expect(planActionWait(since, BUSY, rule, at(59)).ok).toBe(true);
    expect(planActionWait(since, BUSY, rule, at(60)).ok).toBe(false);
    const own = { ...BUSY, withinMs: 10 * HOUR_S * 1_000 };
    expect(planActionWait(since, own, rule, at(2 * HOUR_S)).ok).toBe(true);
  });

  it("that has no time left is not waited for", () => {
    expect(planActionWait(RUNNING, { ...BUSY, withinMs: 0 }, {}, START)).toMatchObject({
      error: { message: "waited 1s: a run is active" },
    });
  });

  it("is described by a dry run", () => {
    expect(describeActionWait({ ...BUSY, withinMs: 90_000 }, {})).toBe(
      "would wait, at most 90s: a run is active",
    );
  });
});
