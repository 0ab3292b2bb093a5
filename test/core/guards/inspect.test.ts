import { expect, test } from "vitest";
import type { GuardEntry } from "../../../events/rule-guard.ts";
import { inspectGuard } from "../../../core/guards/inspect.ts";
import { DEFAULT_GUARDS, type GuardSettings } from "../../../core/guards/settings.ts";
import { parsePeriod } from "../../../core/guards/times/period.ts";

const NOW_MS = Date.parse("2026-03-01T12:00:00.000Z");
const at = (minutesAgo: number) => new Date(NOW_MS - minutesAgo * 60_000).toISOString();

const started = (target: string, minutesAgo: number, outcome?: "succeeded" | "failed") => ({
  id: `${target}-${minutesAgo}`,
  target,
  seenAt: at(minutesAgo),
  admittedAt: at(minutesAgo),
  ...(outcome === undefined ? {} : { endedAt: at(minutesAgo - 1), outcome }),
});

const inspect = (
  entries: readonly GuardEntry[],
  settings: Partial<GuardSettings> = {},
  rest: object = {},
  asks = false,
) => inspectGuard({ entries, ...rest }, { ...DEFAULT_GUARDS, ...settings }, asks, NOW_MS);

test("nothing was started: the next match is started", () => {
  expect(inspect([])).toEqual({
    inProgress: 0,
    startedWithinHour: 0,
    objectsWithinHour: 0,
    matches: 0,
    failedInRow: 0,
    holds: [],
    objects: [],
    next: { outcome: "admitted" },
  });
});

test("counts what is in progress, what was started, what matched and what has failed in a row", () => {
  const entries = [
    started("old", 70),
    started("a", 40, "succeeded"),
    started("b", 20, "failed"),
    started("c", 10, "failed"),
    started("d", 3),
  ];
  expect(inspect(entries)).toMatchObject({
    inProgress: 2,
    startedWithinHour: 4,
    matches: 1,
    failedInRow: 2,
  });
});

test("says which object is left alone and until when, while the next of another one is started", () => {
  const report = inspect([started("a", 2, "succeeded")]);
  expect(report.objects).toMatchObject([
    { target: "a", id: "a-2", hold: { code: "Cooldown", until: at(-3) } },
  ]);
  expect(report).toMatchObject({ holds: [], next: { outcome: "admitted" } });
});

test("names all that holds the rule back, and the first of them is the answer to the next match", () => {
  const entries = [started("a", 20), started("b", 20)];
  const limits = { maxInFlight: 2, maxPerHour: 2 };
  const pausedAll = { reason: "network" };
  const report = inspect(entries, limits, { pausedAll });
  expect(report.holds.map(({ code }) => code)).toEqual(["Paused", "MaxPerHour", "MaxInFlight"]);
  expect(report.next).toMatchObject({ outcome: "deferred", hold: { code: "Paused" } });
});

test("says when the next match would expire if that is before it may start", () => {
  const limits = { maxPerHour: 1, deferForMs: 10 * 60_000 };
  expect(inspect([started("a", 20)], limits)).toMatchObject({ expiresAt: at(-10) });
  expect(inspect([started("a", 50)], limits)).not.toHaveProperty("expiresAt");
  const refusing = { ...limits, whenGuarded: "refuse" } as const;
  expect(inspect([started("a", 20)], refusing)).not.toHaveProperty("expiresAt");
});

test("the next match may itself be the one that makes a storm", () => {
  const seen = [1, 2].map((minutes) => ({ id: `${minutes}`, target: "x", seenAt: at(minutes) }));
  const storm = { matches: 2, withinMs: 300_000, quietMs: 600_000 };
  expect(inspect(seen, { storm }).next).toMatchObject({ hold: { code: "Storm" } });
  expect(inspect(seen.slice(1), { storm }).next).toEqual({ outcome: "admitted" });
});

test("an open breaker holds back until it is half-open, and a rule that refuses says so", () => {
  const breaker = { failures: 1, sameTarget: 9, withinMs: 3_600_000, halfOpenAfterMs: 1_800_000 };
  const report = inspect([started("a", 11, "failed")], { breaker, whenGuarded: "refuse" });
  expect(report.next).toMatchObject({
    outcome: "refused",
    hold: { code: "BreakerOpen", until: at(-20) },
  });
});

test("a rule that asks first asks although its places are taken, and starts later", () => {
  const report = inspect([started("a", 20)], { maxInFlight: 1 }, {}, true);
  expect(report.next).toEqual({ outcome: "admitted" });
  expect(report.start).toMatchObject({ outcome: "deferred", hold: { code: "MaxInFlight" } });
});

test("names a freeze and a closed maintenance window", () => {
  const freezes = [{ fromMs: NOW_MS - 1, toMs: NOW_MS + 60_000 }];
  const windows = [parsePeriod("02:00-04:00 UTC")].filter((period) => period !== undefined);
  const report = inspect([], { freezes, windows });
  expect(report.holds).toMatchObject([
    { code: "Frozen", until: at(-1) },
    { code: "WindowClosed", until: at(-14 * 60) },
  ]);
});
