import { expect, it } from "vitest";
import type { RecordStatus } from "../../../events/remediation.ts";
import { isWaitEnd } from "../../../core/records/wait-end.ts";
import { toRecord } from "./record.ts";

const WAITED: RecordStatus = {
  phase: "Refused",
  reason: "EpisodeOver",
  waitedUntil: "2026-03-01T10:05:00.000Z",
  endedAt: "2026-03-01T10:01:00.000Z",
};

it.each([
  "ConditionNoLongerHolds",
  "ConditionUnknown",
  "EpisodeOver",
  "NotSelected",
  "TriggerGone",
  "TriggerReplaced",
])("a record that waited and ended with %s only says that its wait is over", (reason) => {
  expect(isWaitEnd(toRecord({ ...WAITED, reason }))).toBe(true);
});

it("so does one that waited until its action could be done", () => {
  const { waitedUntil: waitingSince, ...direct } = WAITED;
  expect(isWaitEnd(toRecord({ ...direct, waitingSince }))).toBe(true);
});

it("so does one whose place a newer record takes, whether or not it waited", () => {
  const { waitedUntil: _waitedUntil, ...direct } = WAITED;
  expect(isWaitEnd(toRecord({ ...WAITED, reason: "Superseded" }))).toBe(true);
  expect(isWaitEnd(toRecord({ ...direct, reason: "Superseded" }))).toBe(true);
});

it("what never waited was refused", () => {
  const { waitedUntil: _waitedUntil, ...direct } = WAITED;
  expect(isWaitEnd(toRecord(direct))).toBe(false);
  expect(isWaitEnd(toRecord())).toBe(false);
});

it.each(["RuleError", "RuleChanged", "OutOfReach", "LoopDepth", "ObjectTooDeep"])(
  "%s is a refusal also after a wait",
  (reason) => {
    expect(isWaitEnd(toRecord({ ...WAITED, reason }))).toBe(false);
  },
);

it("other ends are not", () => {
  expect(isWaitEnd(toRecord({ ...WAITED, phase: "Failed" }))).toBe(false);
  expect(isWaitEnd(toRecord({ ...WAITED, phase: "Expired" }))).toBe(false);
});

it("one whose alerts were sent, or that a person approved, is reported as refused", () => {
  const steps = [{ name: "alert", state: "done" as const }];
  expect(isWaitEnd(toRecord({ ...WAITED, steps }))).toBe(false);
  const record = toRecord(WAITED);
  const approval = { decision: "approve", by: "ann", at: "2026-03-01T10:00:30.000Z" } as never;
  expect(isWaitEnd({ ...record, spec: { ...record.spec, approval } })).toBe(false);
});
