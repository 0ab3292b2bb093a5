import { describe, expect, it } from "vitest";
import type { MirrorStatus } from "../../../../events/mirrors/mirror.ts";
import {
  beginComparison,
  continueComparison,
  endComparison,
  failComparison,
  isFailingForLong,
  isComparisonDue,
  isInProgress,
  NOTHING_COMPARED,
  takeComparison,
} from "../../../../core/mirror/state/comparison.ts";

const NOW = Date.parse("2026-11-30T12:00:00.000Z");
const at = (minutes: number): string => new Date(NOW + minutes * 60_000).toISOString();
const RULE = { digest: "d", compareEveryMs: 3_600_000, isPaused: false, nowMs: NOW };
const COMPARED = {
  state: "InSync",
  since: at(-30),
  ruleDigest: "d",
  lastComparison: { startedAt: at(-31), finishedAt: at(-30), ...NOTHING_COMPARED },
} as const satisfies MirrorStatus;

function begin(
  status: MirrorStatus | undefined,
  asked: { readonly request?: string } = {},
): MirrorStatus {
  return beginComparison(status, { startedAt: at(0), now: at(0), ...asked }, "d");
}

describe("a comparison", () => {
  it.each<[string, MirrorStatus | undefined, boolean]>([
    ["if there was none", undefined, true],
    ["not yet if the last one is half an hour old", COMPARED, false],
    ["if the rule has changed since", { ...COMPARED, ruleDigest: "other" }, true],
    ["if the target is Behind, which asks it again", { ...COMPARED, state: "Behind" }, true],
    ["if the rule is no longer paused", { ...COMPARED, state: "Paused" }, true],
    [
      "not while one is in progress",
      { ...COMPARED, state: "Comparing", comparison: { startedAt: at(-9), continuedAt: at(-9) } },
      false,
    ],
    [
      "if the one in progress was lost",
      { ...COMPARED, state: "Comparing", comparison: { startedAt: at(-16), continuedAt: at(-16) } },
      true,
    ],
    ["if the one that began was given up", { ...COMPARED, state: "Comparing" }, true],
  ])("is due %s", (_, status, isDue) => {
    expect(isComparisonDue(status, RULE)).toBe(isDue);
  });

  it("is due again after the time of the rule", () => {
    expect(isComparisonDue(COMPARED, { ...RULE, nowMs: NOW + 29 * 60_000 })).toBe(false);
    expect(isComparisonDue(COMPARED, { ...RULE, nowMs: NOW + 30 * 60_000 })).toBe(true);
  });

  it("is due once for each request", () => {
    const asked = { ...RULE, request: "second" };
    expect(isComparisonDue(COMPARED, asked)).toBe(true);
    const first = { ...COMPARED.lastComparison, request: "first" };
    expect(isComparisonDue({ ...COMPARED, lastComparison: first }, asked)).toBe(true);
    const begun = begin(COMPARED, { request: "second" });
    const end = { startedAt: at(0), now: at(1), digest: "d", counts: NOTHING_COMPARED };
    const step = { now: at(0), cursor: "c" };
    const continued = continueComparison(begun, { startedAt: at(0) }, step) ?? begun;
    expect(isComparisonDue(endComparison(continued, end), asked)).toBe(false);
  });

  it("that was in progress when it was requested again does not answer the request", () => {
    const begun = begin(COMPARED, { request: "first" });
    const end = { startedAt: at(0), now: at(1), digest: "d", counts: NOTHING_COMPARED };
    const asked = { ...RULE, request: "second" };
    expect(isComparisonDue(begun, asked)).toBe(false);
    expect(isComparisonDue(endComparison(begun, end), asked)).toBe(true);
  });

  it("is due once while the rule is paused, so that the state says so", () => {
    const paused = { ...RULE, isPaused: true, nowMs: NOW + 3_600_000 };
    expect(isComparisonDue(undefined, paused)).toBe(false);
    expect(isComparisonDue(COMPARED, paused)).toBe(true);
    expect(isComparisonDue({ ...COMPARED, state: "Paused" }, paused)).toBe(false);
  });

  it("ends what a target that was away has left", () => {
    const behind: MirrorStatus = {
      ...COMPARED,
      state: "Behind",
      reason: "no answer",
      unreachableSince: at(-60),
    };
    const begun = begin(behind);
    expect(begun).not.toHaveProperty("unreachableSince");
    const counts = { ...NOTHING_COMPARED, compared: 3 };
    const ended = endComparison(begun, { startedAt: at(0), now: at(1), digest: "e", counts });
    expect(ended).toEqual({
      state: "InSync",
      since: at(1),
      ruleDigest: "e",
      lastComparison: { startedAt: at(0), finishedAt: at(1), ...counts },
    });
  });

  it("does not say that writes succeed again, unless there was nothing to write", () => {
    const unwritable = { unwritableSince: at(-9), unwritableObject: "shop/a" };
    const begun = begin({ ...COMPARED, ...unwritable });
    const end = (missing: number) =>
      endComparison(begun, {
        startedAt: at(0),
        now: at(1),
        digest: "d",
        counts: { ...NOTHING_COMPARED, missing },
      });
    expect(end(1)).toMatchObject(unwritable);
    expect(end(0).unwritableSince).toBeUndefined();
  });

  it("is another one if it began at another time", () => {
    const begun = begin(undefined);
    expect(isInProgress(begun, at(0))).toBe(true);
    expect(isInProgress(begun, at(1))).toBe(false);
  });

  it("continues where it is, and each step once", () => {
    const first = { startedAt: at(0) };
    const begun = begin(undefined);
    const second = continueComparison(begun, first, { now: at(2), cursor: "c" });
    expect(second?.comparison).toEqual({
      ...first,
      continuedAt: at(2),
      digest: "d",
      step: 1,
      cursor: "c",
    });
    expect(continueComparison(second, first, { now: at(3), cursor: "d" })).toBeUndefined();
    const other = { startedAt: at(1) };
    expect(continueComparison(begun, other, { now: at(3), cursor: "d" })).toBeUndefined();
  });
});

describe("a message", () => {
  const asked = { startedAt: at(0), now: at(0) };
  const comparing = begin(COMPARED);

  it("begins a comparison that is due", () => {
    expect(takeComparison(undefined, asked, RULE)).toEqual(begin(undefined));
    expect(takeComparison(COMPARED, { ...asked, request: "new" }, RULE)).toEqual(
      begin(COMPARED, { request: "new" }),
    );
  });

  it("begins none that is not due, whatever it says", () => {
    expect(takeComparison(COMPARED, asked, RULE)).toBeUndefined();
    expect(takeComparison(comparing, { ...asked, startedAt: at(1) }, RULE)).toBeUndefined();
  });

  it("continues the one in progress as it is stored", () => {
    const stored = continueComparison(comparing, asked, { now: at(1), cursor: "c" });
    expect(takeComparison(stored, asked, RULE)).toBe(stored);
  });

  it("begins the one in progress again if the rule has changed since", () => {
    const stored = continueComparison(comparing, asked, { now: at(1), cursor: "c" });
    const taken = takeComparison(stored, asked, { ...RULE, digest: "other" });
    expect(taken?.comparison).toEqual({ ...comparing.comparison, digest: "other" });
  });
});

describe("a comparison that fails although the target answers", () => {
  const FAILURE = { reason: "etcd cannot read one of them", isOver: true };
  /** A comparison of each minute fails. */
  const failFor = (minutes: number): MirrorStatus => {
    let status: MirrorStatus = COMPARED;
    for (let minute = 0; minute <= minutes; minute += 1) {
      const now = at(minute);
      status = beginComparison(status, { startedAt: now, now }, "d");
      status = failComparison(status, now, { ...FAILURE, now }) ?? status;
    }
    return status;
  };

  it("keeps its reason from the first failure on, also while the next one is in progress", () => {
    const failed = failFor(0);
    expect(failed).toMatchObject({ state: "Comparing", failingSince: at(0) });
    expect(begin(failed).reason).toBe(FAILURE.reason);
  });

  it("is begun again", () => {
    for (const minutes of [0, 5]) expect(isComparisonDue(failFor(minutes), RULE)).toBe(true);
  });

  it("makes the mirror NotCompared after five minutes", () => {
    expect(failFor(4).state).toBe("Comparing");
    expect(failFor(5)).toMatchObject({ state: "NotCompared", reason: FAILURE.reason });
    expect(isFailingForLong(begin(failFor(5)), NOW + 5 * 60_000)).toBe(true);
  });

  it("is forgotten when one comes to its end", () => {
    const counts = NOTHING_COMPARED;
    const end = { startedAt: at(0), now: at(1), digest: "d", counts };
    const ended = endComparison(begin(failFor(5)), end);
    expect(ended.reason).toBeUndefined();
    expect(ended.failingSince).toBeUndefined();
  });

  it("changes nothing if another one has begun since", () => {
    const failure = { ...FAILURE, now: at(1) };
    expect(failComparison(begin(COMPARED), at(-1), failure)).toBeUndefined();
  });
});
