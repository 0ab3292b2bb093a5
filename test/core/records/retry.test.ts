import { describe, expect, it } from "vitest";
import type { RecordStatus } from "../../../events/remediation.ts";
import { KubemendError } from "../../../core/errors.ts";
import { toEnded } from "../../../core/records/record-end.ts";
import { isGivenUp, toCause, toGivenUp, toRetrying } from "../../../core/records/retry.ts";
import { toStepEnded } from "../../../core/records/step-progress.ts";
import { toWaiting } from "../../../core/records/wait.ts";

const NOW_MS = Date.parse("2026-03-01T10:00:00.000Z");
const HOUR_MS = 3_600_000;
const CAUSE = { code: "Unavailable", message: "webhook away" };
const at = (ms: number): string => new Date(NOW_MS + ms).toISOString();

describe("a record whose attempts fail", () => {
  it("waits 5 s, and then twice as long each time up to a minute, until its time is over", () => {
    let status: RecordStatus = { phase: "Running", holder: "me", holdUntil: at(0) };
    let nowMs = 0;
    const waits: number[] = [];
    while (!isGivenUp(status, HOUR_MS, at(nowMs))) {
      status = toRetrying(status, CAUSE, { now: at(nowMs), giveUpAfterMs: HOUR_MS });
      expect(status).toMatchObject({ phase: "Waiting", reason: "Retrying", cause: CAUSE });
      expect(status).not.toHaveProperty("holder");
      const next = Date.parse(status.wakeAt ?? "") - NOW_MS;
      waits.push(next - nowMs);
      nowMs = next;
    }
    expect(waits.slice(0, 6)).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
    expect(Math.max(...waits)).toBe(60_000);
    // The last attempt is made exactly when the time is over.
    expect(nowMs).toBe(HOUR_MS);
    expect(status.failingSince).toBe(at(0));
    expect(status.attempts).toBe(waits.length);
  });

  it("waits as long as the server asks, up to a minute", () => {
    const wait = (askedMs: number): string | undefined =>
      toRetrying({ phase: "Running" }, CAUSE, { now: at(0), giveUpAfterMs: HOUR_MS, askedMs })
        .wakeAt;
    expect(wait(1_000)).toBe(at(5_000));
    expect(wait(30_000)).toBe(at(30_000));
    expect(wait(HOUR_MS)).toBe(at(60_000));
  });

  it("counts from the beginning after an attempt got further", () => {
    const failing = toRetrying({ phase: "Running" }, CAUSE, { now: at(0), giveUpAfterMs: HOUR_MS });
    const further = [
      toStepEnded({ ...failing, steps: [] }, 0, { outcome: "done" }, at(1)),
      toWaiting(failing, { until: at(1), reason: "Verifying", message: "waits" }),
      toEnded(failing, { phase: "Succeeded", reason: "Remediated", message: "done" }, at(1)),
    ];
    for (const status of further) {
      expect(status.attempts).toBe(undefined);
      expect(status.failingSince).toBe(undefined);
      expect(status.cause).toBe(undefined);
    }
  });

  it("says what failed, how often and how long", () => {
    const failing = { phase: "Running", attempts: 7, failingSince: at(-HOUR_MS) } as const;
    expect(toGivenUp(failing, CAUSE, at(0))).toEqual({
      code: "Unavailable",
      message: "webhook away (gave up after 7 attempts in 1h)",
    });
  });
});

describe("the cause of a failure", () => {
  it("is the code and message of an error of ours, and the class of any other, of bounded length", () => {
    const known = new KubemendError("Forbidden", "no right", { retryable: false });
    expect(toCause(known)).toEqual({ code: "Forbidden", message: "no right" });
    expect(toCause(new TypeError("x is not a function"))).toEqual({
      code: "Internal",
      message: "TypeError: x is not a function",
    });
    expect(toCause(new Error("x".repeat(100_000))).message.length).toBeLessThan(1_100);
  });
});
