import { describe, expect, it } from "vitest";
import type { RecordApproval } from "../../../events/remediation.ts";
import { describeDecision, readApproval, toAwaiting } from "../../../core/records/approval.ts";
import { toRecord } from "./record.ts";

const UNTIL = "2026-03-01T10:00:00.000Z";
const BEFORE = "2026-03-01T09:59:59.999Z";

function decided(approval?: RecordApproval) {
  const record = toRecord({ phase: "AwaitingApproval", wakeAt: UNTIL });
  return { ...record, spec: { ...record.spec, approval } };
}

const APPROVED = decided({ decision: "approve", by: "alice" });

describe("readApproval", () => {
  it("gives no decision, or the approval, before the time is over", () => {
    expect(readApproval(decided(), BEFORE)).toEqual({ outcome: "none" });
    expect(readApproval(APPROVED, BEFORE)).toEqual({ outcome: "approved", by: "alice" });
  });

  it.each([
    ["no decision", decided(), `nobody decided before ${UNTIL}`],
    ["an approval", APPROVED, `alice approved, but the execution had not begun by ${UNTIL}`],
  ])("expires with %s when the time is over", (_what, record, message) => {
    const end = { phase: "Expired", reason: "ApprovalExpired", message };
    expect(readApproval(record, UNTIL)).toEqual({ outcome: "over", end });
  });

  it("keeps an approval while a guard holds it back, and for a run that comes late, but not through an outage", () => {
    const status = { phase: "Running", approveUntil: BEFORE, deferUntil: UNTIL } as const;
    const held = { ...APPROVED, status };
    const later = (minutes: number) => new Date(Date.parse(UNTIL) + minutes * 60_000).toISOString();
    expect(readApproval(held, later(9)).outcome).toBe("approved");
    expect(readApproval(held, later(10)).outcome).toBe("over");
    expect(readApproval({ ...decided(), status }, BEFORE).outcome).toBe("over");
  });

  it("does not take the answer to an earlier question for that to a later one", () => {
    const status = { phase: "AwaitingApproval", wakeAt: UNTIL, question: 2 } as const;
    expect(readApproval({ ...APPROVED, status }, BEFORE)).toEqual({ outcome: "none" });
    const rejected = decided({ decision: "reject", by: "bob" });
    expect(readApproval({ ...rejected, status }, BEFORE)).toEqual({ outcome: "none" });
    const answered = decided({ decision: "approve", by: "alice", question: 2 });
    const approved = { outcome: "approved", by: "alice" };
    expect(readApproval({ ...answered, status }, BEFORE)).toEqual(approved);
  });

  it("is not expired by the wait after a failed attempt", () => {
    const status = { phase: "Running", wakeAt: BEFORE, approveUntil: UNTIL } as const;
    const retried = { ...APPROVED, status };
    expect(readApproval(retried, BEFORE)).toEqual({ outcome: "approved", by: "alice" });
    expect(readApproval(retried, UNTIL).outcome).toBe("over");
  });

  it.each([
    [undefined, "rejected by bob"],
    ["not today", "rejected by bob: not today"],
    ["no\u001B[2J\nApproved.", String.raw`rejected by bob: no\u001b[2J\nApproved.`],
  ])("refuses a rejected plan with its reason %j, at any time", (reason, message) => {
    const end = { phase: "Refused", reason: "Rejected", message };
    for (const now of [BEFORE, UNTIL]) {
      const record = decided({ decision: "reject", by: "bob", reason });
      expect(readApproval(record, now)).toEqual({ outcome: "over", end });
    }
  });
});

it("a plan that waits for a decision keeps its plan and has no claim", () => {
  const plan = { operations: [] };
  const status = { phase: "Running", holder: "me", holdUntil: UNTIL, plan } as const;
  expect(toAwaiting(status, { until: UNTIL, preview: ["Job data/x"] })).toEqual({
    phase: "AwaitingApproval",
    wakeAt: UNTIL,
    approveUntil: UNTIL,
    preview: ["Job data/x"],
    reason: "ApprovalNeeded",
    message: `waiting for an approval until ${UNTIL}`,
    plan,
  });
});

it("says how to decide, with the command and with kubectl", () => {
  const text = describeDecision(toRecord());
  expect(text).toContain("kubemend approve rerun-0123456789abcdef0123 (or reject)");
  expect(text).toContain(
    "kubectl -n kubemend patch remediation rerun-0123456789abcdef0123 --type=merge",
  );
  expect(toPatch(text)).toMatchObject({ spec: { approval: { decision: "approve" } } });
});

it("says which question is decided if an earlier one was", () => {
  const text = describeDecision(toRecord({ phase: "Running", question: 2 }));
  expect(toPatch(text)).toMatchObject({ spec: { approval: { decision: "approve", question: 2 } } });
});

function toPatch(text: string): unknown {
  return JSON.parse(/-p '(?<patch>.*)'$/.exec(text)?.groups?.["patch"] ?? "");
}
