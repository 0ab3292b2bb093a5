import { describe, expect, it } from "vitest";
import type { RecordStatus, RecordStep } from "../../../events/remediation.ts";
import { isReopenable, toReopened } from "../../../core/decide/reopen.ts";
import { findNextQuestion } from "../../../core/records/decision.ts";
import { toRecord } from "../records/record.ts";

const ENDED_AT = "2026-03-01T11:00:00.000Z";
const MATCHED_AT = "2026-03-01T12:00:00.000Z";
const step = (state: RecordStep["state"]): RecordStep => ({ name: state, state });

function isReopened(status: RecordStatus): boolean {
  return isReopenable(toRecord(status));
}

describe("a record may be used again", () => {
  it.each([
    "ConditionNoLongerHolds",
    "ConditionUnknown",
    "EpisodeOver",
    "NotSelected",
    "ObjectTooDeep",
    "Superseded",
    "TriggerGone",
    "TriggerReplaced",
  ])("after it ended Refused with %s", (reason) => {
    expect(isReopened({ phase: "Refused", reason, endedAt: ENDED_AT })).toBe(true);
    expect(isReopened({ phase: "Failed", reason, endedAt: ENDED_AT })).toBe(false);
  });

  it("after nobody decided in time, although its plan was made", () => {
    const steps = [step("planned")];
    expect(isReopened({ phase: "Expired", endedAt: ENDED_AT, steps })).toBe(true);
  });
});

describe("a record that was approved", () => {
  const approved = (status: RecordStatus, question?: number) => {
    const { spec, ...record } = toRecord(status);
    const approval = { decision: "approve", by: "alice", question } as const;
    return { ...record, spec: { ...spec, approval } };
  };

  it.each(["Expired", "Refused"] as const)("may be used again if a guard ended it %s", (phase) => {
    const status = { phase, reason: "Paused", endedAt: ENDED_AT };
    expect(isReopenable(approved(status))).toBe(true);
    expect(findNextQuestion(approved(status))).toBe(2);
    expect(findNextQuestion(approved({ ...status, question: 2 }, 2))).toBe(3);
  });

  it("may be used again if nobody decided about its next question", () => {
    const status = { phase: "Expired", reason: "ApprovalExpired", endedAt: ENDED_AT } as const;
    expect(isReopenable(approved({ ...status, question: 2 }))).toBe(true);
    expect(findNextQuestion(approved({ ...status, question: 2 }))).toBe(2);
    expect(isReopenable(approved({ ...status, question: 2 }, 2))).toBe(false);
  });
});

describe("a record stays ended", () => {
  it.each(["AlreadyDone", "", undefined])("after a refusal for another reason: %s", (reason) => {
    expect(isReopened({ phase: "Refused", reason, endedAt: ENDED_AT })).toBe(false);
  });

  it("if a step of it has begun", () => {
    const status = { phase: "Expired", endedAt: ENDED_AT } as const;
    expect(isReopened({ ...status, steps: [step("planned"), step("started")] })).toBe(false);
  });

  it("if a decision came after its plan had expired", () => {
    const { spec, ...record } = toRecord({ phase: "Expired", endedAt: ENDED_AT });
    const approval = { decision: "approve", by: "alice" } as const;
    expect(isReopenable({ ...record, spec: { ...spec, approval } })).toBe(false);
  });
});

it("a record that has not ended is not reopened", () => {
  expect(isReopenable(toRecord())).toBe(false);
  expect(isReopened({ phase: "Refused", reason: "TriggerGone" })).toBe(false);
});

describe("the status of a reopened record", () => {
  it("starts a new wait at the match, and remembers how it ended", () => {
    const ended = { phase: "Refused", reason: "TriggerGone", endedAt: ENDED_AT } as const;
    const steps = [step("planned")];
    expect(toReopened({ ...ended, message: "gone", steps }, MATCHED_AT)).toEqual({
      phase: "Pending",
      reason: "Reopened",
      message: `the object matches again; before, it ended Refused (TriggerGone) at ${ENDED_AT}`,
      matchedAt: MATCHED_AT,
      history: [ended],
    });
  });

  it("numbers its next question if an earlier one was decided", () => {
    const ended = { phase: "Expired", reason: "Storm", endedAt: ENDED_AT } as const;
    expect(toReopened(ended, MATCHED_AT, { question: 2 })).toMatchObject({
      phase: "Pending",
      question: 2,
    });
  });

  it("names the phase as the reason if there was no other", () => {
    const { history } = toReopened({ phase: "Expired", endedAt: ENDED_AT }, MATCHED_AT);
    expect(history).toEqual([{ phase: "Expired", reason: "Expired", endedAt: ENDED_AT }]);
  });

  it("keeps the last five ends", () => {
    const history = ["1", "2", "3", "4", "5"].map((endedAt) => {
      return { phase: "Expired", reason: "Expired", endedAt } as const;
    });
    const reopened = toReopened({ phase: "Expired", endedAt: "6", history }, MATCHED_AT);
    expect(reopened.history?.map(({ endedAt }) => endedAt)).toEqual(["2", "3", "4", "5", "6"]);
  });
});
