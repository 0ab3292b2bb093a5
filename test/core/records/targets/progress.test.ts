import { describe, expect, it } from "vitest";
import {
  FAILURES_SHOWN,
  mayHaveWritten,
  NO_PROGRESS,
  parseTargetProgress,
  toCompact,
  withFailure,
  type TargetEntry,
  type TargetProgress,
} from "../../../../core/records/targets/progress.ts";
import { describeProgress, toTargetsOutcome } from "../../../../core/records/targets/outcome.ts";
import { FAN_OUT } from "./fan-out.ts";

const ALERT = { type: "alert", name: "n", to: "t", summary: "" } as const;

function toEntry(name: string, state: TargetEntry["state"]): TargetEntry {
  const at = { collection: 0, key: `shop/${name}` };
  const why = state === "failed" ? { code: "Controlled", message: "it is controlled" } : {};
  return { at, object: `Pod shop/${name}`, state, ...why };
}

describe("the progress of many targets", () => {
  it("keeps of a page that has ended only numbers, and the targets that failed", () => {
    const page = [toEntry("a", "done"), toEntry("b", "failed"), toEntry("c", "done")];
    expect(toCompact({ ...NO_PROGRESS, done: 100, page })).toEqual({
      done: 102,
      unchanged: 0,
      failed: 1,
      failures: [{ object: "Pod shop/b", code: "Controlled", message: "it is controlled" }],
      page: [],
    });
  });

  it("keeps the targets that wait, and those that are planned", () => {
    const page = [toEntry("a", "waiting"), toEntry("b", "done"), toEntry("c", "planned")];
    expect(toCompact({ ...NO_PROGRESS, page }).page).toEqual([page[0], page[2]]);
  });

  it("is bounded, however many targets fail and whatever they say", () => {
    let progress: TargetProgress = NO_PROGRESS;
    for (let index = 0; index < 3000; index += 1) {
      const message = "x".repeat(10_000);
      progress = withFailure(progress, { object: `Pod shop/${index}`, code: "Invalid", message });
    }
    expect(progress.failed).toBe(3000);
    expect(progress.failures).toHaveLength(FAILURES_SHOWN);
    expect(JSON.stringify(progress).length).toBeLessThan(10_000);
  });

  it("is read back as it was stored, and refused if it is not one", () => {
    const entry = {
      ...toEntry("a", "planned"),
      operation: ALERT,
    };
    const targets = { ...NO_PROGRESS, after: entry.at, page: [entry] };
    expect(parseTargetProgress({ name: "s", state: "started", targets })).toEqual({
      ok: true,
      value: targets,
    });
    const foreign = { ...targets, page: [{ ...entry, operation: { type: "exec" } }] };
    for (const wrong of ["x", {}, { ...targets, done: -1 }, { ...targets, more: 1 }, foreign]) {
      expect(parseTargetProgress({ name: "s", state: "started", targets: wrong }).ok).toBe(false);
    }
  });
});

describe("something may have been written to a target", () => {
  const planned = { ...toEntry("a", "planned"), operation: ALERT };
  const waiting = { ...toEntry("a", "waiting"), operation: ALERT };
  it.each<readonly [boolean, string, Partial<TargetProgress>]>([
    [true, "once a page is stored, whoever died after that", { page: [planned] }],
    [true, "if one has ended", { done: 1 }],
    [true, "if one has failed", { failed: 1 }],
    [true, "if one is tried again", { page: [{ ...waiting, code: "Unavailable" }] }],
    [false, "not while budgets forbid it", { page: [{ ...waiting, code: "DisruptionBudget" }] }],
    [false, "not before", {}],
  ])("%s: %s", (may, _what, progress) => {
    const targets = { ...NO_PROGRESS, ...progress };
    expect(mayHaveWritten({ name: "s", state: "started", targets })).toBe(may);
  });

  it("not before the first page, and in doubt if the page cannot be read", () => {
    expect(mayHaveWritten({ name: "s", state: "started" })).toBe(false);
    expect(mayHaveWritten({ name: "s", state: "started", targets: "x" })).toBe(true);
  });
});

describe("the outcome of many targets", () => {
  it("is done, with their number", () => {
    expect(toTargetsOutcome(FAN_OUT, { ...NO_PROGRESS, done: 37 })).toEqual({
      outcome: "done",
      message: "evicted 37 Pods",
    });
    const some = { ...NO_PROGRESS, done: 1, unchanged: 2 };
    expect(describeProgress(FAN_OUT, some)).toBe("evicted 1 Pod, 2 were so already");
  });

  it("has failed if one of them has, and names the first ones", () => {
    let progress: TargetProgress = { ...NO_PROGRESS, done: 3 };
    for (const name of ["a", "b", "c", "d", "e", "f", "g"]) {
      progress = withFailure(progress, {
        object: `Pod shop/${name}`,
        code: "Forbidden",
        message: "no",
      });
    }
    expect(toTargetsOutcome(FAN_OUT, progress)).toMatchObject({
      outcome: "failed",
      code: "TargetsFailed",
      message: expect.stringMatching(
        /^evicted 3 Pods, 7 failed: Pod shop\/a \(Forbidden\): no; .*Pod shop\/e \(Forbidden\): no; and 2 more$/,
      ),
    });
  });

  it("has failed if more came than the rule allows", () => {
    expect(toTargetsOutcome(FAN_OUT, { ...NO_PROGRESS, done: 5, beyond: 2 })).toEqual({
      outcome: "failed",
      code: "TooManyTargets",
      message: "evicted 5 Pods, 2 more came meanwhile, and atMost is 5: they were left alone",
    });
  });
});
