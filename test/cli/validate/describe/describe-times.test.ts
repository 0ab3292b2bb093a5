/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, test } from "vitest";
import { meaningOf } from "./meaning-of.ts";

/** A Monday. */
const NOW_MS = Date.parse("2026-11-30T12:00:00Z");

function meaningWith(guards: object): string {
  const rule = {
    on: { resource: "jobs.batch" },
    then: [{ createJobFromCronJob: null }, { alert: { to: "ops", summary: "'x'" } }],
    guards,
  };
  return meaningOf(rule, { typesOf: undefined, metadataOnly: false, nowMs: NOW_MS });
}

describe("validate says what applies now, and when that changes", () => {
  test("of modes by time", () => {
    const modes = [{ during: "22:00-06:00 Europe/Berlin", mode: "approval" }, { mode: "enforce" }];
    const meaning = meaningWith({ modes });
    expect(meaning).toContain("approval during 22:00-06:00 Europe/Berlin, otherwise enforce.");
    expect(meaning).toContain("Now it is enforce, until 2026-11-30T21:00:00Z, then approval.");
    expect(meaning).toContain("Waits until a person approves its plan");
  });

  test.each([
    ["Mon 10:00-13:00 UTC", "It is inside now, until 2026-11-30T13:00:00Z."],
    ["Sat 02:00-04:00 Europe/Berlin", "It is outside now, until 2026-12-05T01:00:00Z."],
  ])("of the window %s", (window, expected) => {
    const meaning = meaningWith({ windows: [window], deferFor: "7d" });
    expect(meaning).toContain(`Starts remediations only during ${window} (windows). ${expected}`);
  });

  test.each([
    ["2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z", " This is so now."],
    ["2026-11-29T00:00:00Z", "2026-11-30T00:00:00Z", " This is over."],
    ["2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z", "\n"],
  ])("of the freeze from %s", (from, to, expected) => {
    const meaning = meaningWith({ freezes: [{ from, to, reason: "holidays" }] });
    const sentence = `Starts nothing from ${from} until ${to} (freezes): holidays.`;
    expect(meaning).toContain(`${sentence}${expected}`);
  });
});
