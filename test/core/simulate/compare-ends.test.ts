import { expect, test } from "vitest";
import { createEndComparison } from "../../../core/simulate/compare-ends.ts";
import type { GuardEvent } from "../../../core/simulate/guard-event.ts";

const toEvent = (outcome: GuardEvent["outcome"], record = "r-1"): GuardEvent => ({
  time: "2026-03-01T10:00:00.000Z",
  rule: "r",
  record,
  line: 1,
  outcome,
});

test("two ends of one request are compared when both are known", () => {
  const ends = createEndComparison();
  ends.expect("r-1");
  expect(ends.add("before", toEvent("deferred"))).toBeUndefined();
  expect(ends.add("before", toEvent("expired"))).toBeUndefined();
  expect(ends.add("after", toEvent("started"))).toEqual({
    before: toEvent("expired"),
    after: toEvent("started"),
  });
});

test("the same end is no difference, and neither is what was not expected", () => {
  const ends = createEndComparison();
  ends.expect("r-1");
  ends.add("after", toEvent("started"));
  expect(ends.add("before", toEvent("started"))).toBeUndefined();
  ends.add("before", toEvent("started", "r-2"));
  expect(ends.add("after", toEvent("refused", "r-2"))).toBeUndefined();
});

test("a request that is expected again keeps the end that is known", () => {
  const ends = createEndComparison();
  ends.expect("r-1");
  ends.add("before", toEvent("started"));
  ends.expect("r-1");
  expect(ends.add("after", toEvent("refused"))).toMatchObject({ before: { outcome: "started" } });
});
