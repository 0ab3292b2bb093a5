import fc from "fast-check";
import { expect, test } from "vitest";
import { findNextChange } from "../../../../core/guards/times/next-change.ts";
import { isDuring, parsePeriod, type Period } from "../../../../core/guards/times/period.ts";
import { readClock, toShownMinutes } from "./by-wall-clock.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;

/** With clocks that change at 1, 2 and 3 o'clock and at midnight, by an hour and by half of one, in both hemispheres, and never. */
const ZONES = [
  "UTC",
  "Europe/Berlin",
  "Europe/London",
  "America/New_York",
  "America/Sao_Paulo",
  "America/Havana",
  "America/St_Johns",
  "Australia/Lord_Howe",
  "Australia/Sydney",
  "Asia/Kathmandu",
  "Asia/Tehran",
  "Asia/Beirut",
  "Africa/Cairo",
  "Africa/Casablanca",
  "Pacific/Chatham",
  "Pacific/Apia",
];

const time = fc
  .integer({ min: 0, max: 24 * 4 - 1 })
  .map((quarter) => new Date(quarter * 15 * MINUTE_MS).toISOString().slice(11, 16));

const written = fc
  .record({
    days: fc.subarray([...DAYS], { minLength: 1 }),
    from: time,
    to: fc.oneof(time, fc.constant("24:00")),
    zone: fc.constantFrom(...ZONES),
  })
  .filter(({ from, to }) => from !== to);

/** Any minute, and more often one in the weeks in which clocks are changed, a leap day or a new year comes. */
const moment = fc.oneof(
  fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2040, 0, 1) }),
  fc
    .record({
      year: fc.integer({ min: 2000, max: 2039 }),
      from: fc.constantFrom("02-25", "03-07", "03-27", "04-01", "09-24", "10-01", "10-24", "12-29"),
      minute: fc.integer({ min: 0, max: 9 * 24 * 60 }),
    })
    .map(({ year, from, minute }) => Date.parse(`${year}-${from}T00:00:00Z`) + minute * MINUTE_MS),
);

type Written = typeof written extends fc.Arbitrary<infer T> ? T : never;

function read({ days, from, to, zone }: Written): Period {
  const period = parsePeriod(`${days.join(",")} ${from}-${to} ${zone}`);
  if (period === undefined) throw new Error("not read");
  return period;
}

test("a period applies whenever a clock in its zone shows one of its minutes", () => {
  const property = fc.property(written, moment, (parts, ms) => {
    const shown = toShownMinutes(parts.days, parts.from, parts.to);
    expect(isDuring(read(parts), ms)).toBe(shown.has(readClock(parts.zone, ms)));
  });
  fc.assert(property, { numRuns: 400 });
});

test("the next change is the first minute at which a clock that is watched shows it", () => {
  const property = fc.property(
    fc.array(written, { minLength: 1, maxLength: 2 }),
    moment,
    (all, ms) => {
      const shown = all.map((parts) => toShownMinutes(parts.days, parts.from, parts.to));
      const isShown = (at: number): boolean =>
        all.some(({ zone }, index) => shown[index]?.has(readClock(zone, at)) === true);
      const periods = all.map(read);
      const found = findNextChange(periods, ms, (at) => periods.some((one) => isDuring(one, at)));
      const first = isShown(ms);
      const end = ms + 8 * DAY_MS;
      let at = Math.floor(ms / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
      while (isShown(at) === first && at < end) at += MINUTE_MS;
      // One that no clock shows within eight days comes later or never.
      const soon = found !== undefined && found < end ? found : undefined;
      expect(soon).toBe(at < end ? at : undefined);
    },
  );
  fc.assert(property, { numRuns: 200 });
});
