import { describe, expect, it } from "vitest";
import { describeRequested, formatCompared } from "../../../cli/mirror/format-comparison.ts";
import type { MirrorStatus } from "../../../events/mirrors/mirror.ts";
import { toMirrorObject } from "./mirror-api.ts";

const SINCE = "2026-11-30T10:00:00.000Z";
const EQUAL = { compared: 3, missing: 0, stale: 0, drifted: 0, orphans: 0, failing: 0 };

function format(counts: Partial<typeof EQUAL>): string {
  const lastComparison = { startedAt: SINCE, finishedAt: SINCE, ...EQUAL, ...counts };
  const status: MirrorStatus = { state: "InSync", since: SINCE, lastComparison };
  return formatCompared({ outcome: "compared", mirror: toMirrorObject("b", status), status });
}

describe("what is said of a comparison", () => {
  it("is that everything is equal", () => {
    expect(format({})).toMatch(/ Everything is equal\.$/);
  });

  it.each([
    [{ missing: 1, failing: 1 }, "1 object has a record that says why"],
    [{ drifted: 1 }, "With drift: report, what has drifted stays."],
    [{ orphans: 1 }, "An orphan that is not known to be a copy stays, too."],
  ])("names what may stay as it is: %j", (counts, text) => {
    expect(format(counts)).toContain(text);
  });

  it("is why there is none while the target does not answer, also before it is Behind", () => {
    const reason = "no answer within 3 s";
    const status: MirrorStatus = { state: "InSync", since: SINCE, reason, unreachableSince: SINCE };
    const mirror = toMirrorObject("b", status);
    expect(describeRequested(mirror)).toContain("the target does not answer at present");
    expect(formatCompared({ outcome: "waiting", mirror, status })).toContain(
      `was not compared yet: the target has not answered since ${SINCE} (${reason}). The request stays.`,
    );
  });
});
