import { describe, expect, it } from "vitest";
import { RECORD_PHASES } from "../../../events/remediation.ts";
import { planClaim, toReleased } from "../../../core/records/claim.ts";
import { toWaiting } from "../../../core/records/wait.ts";
import { toRecord } from "./record.ts";

const NOW = "2026-03-01T10:00:00.000Z";
const SOON = "2026-03-01T10:00:00.001Z";
const INPUT = { holder: "me", now: NOW, holdMs: 90_000 };
const CLAIMED = { phase: "Running", holder: "me", holdUntil: "2026-03-01T10:01:30.000Z" };

describe("planClaim", () => {
  it("claims a record that has no status yet", () => {
    expect(planClaim(toRecord(), INPUT)).toEqual({
      outcome: "claim",
      status: { ...CLAIMED, startedAt: NOW },
    });
  });

  it("respects the claim of another run until it has expired, and then takes over plan, steps and start", () => {
    const status = {
      phase: "Running",
      holder: "other",
      startedAt: "2026-03-01T09:00:00.000Z",
      plan: { operations: [] },
      steps: [],
    } as const;
    expect(planClaim(toRecord({ ...status, holdUntil: SOON }), INPUT)).toEqual({
      outcome: "held",
      until: SOON,
    });
    expect(planClaim(toRecord({ ...status, holdUntil: NOW }), INPUT)).toMatchObject({
      outcome: "claim",
      status: { ...status, ...CLAIMED },
    });
  });

  it("extends its own claim", () => {
    const own = { phase: "Running", holder: "me", holdUntil: SOON, startedAt: NOW } as const;
    expect(planClaim(toRecord(own), INPUT)).toEqual({
      outcome: "claim",
      status: { ...CLAIMED, startedAt: NOW },
    });
  });

  it("counts a run that died as a failed attempt, from the first take-over on", () => {
    const status = { phase: "Running", holder: "other", holdUntil: NOW } as const;
    const first = planClaim(toRecord(status), INPUT);
    const counted = { attempts: 1, failingSince: NOW, cause: { code: "Interrupted" } };
    expect(first).toMatchObject({ outcome: "claim", status: counted });
    const again = { ...status, ...counted, cause: { code: "Interrupted", message: "" } };
    const later = planClaim(toRecord(again), { ...INPUT, now: SOON });
    expect(later).toMatchObject({ status: { attempts: 2, failingSince: NOW } });
    const own = planClaim(toRecord({ ...status, holder: INPUT.holder }), INPUT);
    expect(own.outcome === "claim" && own.status.attempts).toBe(undefined);
  });

  it("treats a holder without a time as no claim", () => {
    expect(planClaim(toRecord({ phase: "Running", holder: "other" }), INPUT).outcome).toBe("claim");
  });

  it("leaves a record alone until its time has come, and keeps the time as a sign that it has waited", () => {
    const status = toWaiting(
      { phase: "Running", holder: "me", holdUntil: SOON },
      { until: SOON, reason: "For", message: "waits" },
    );
    const waited = { waitedUntil: SOON, wakeAt: SOON };
    expect(status).toEqual({ phase: "Waiting", ...waited, reason: "For", message: "waits" });
    expect(planClaim(toRecord(status), INPUT)).toEqual({ outcome: "waiting", until: SOON });
    expect(planClaim(toRecord(status), { ...INPUT, now: SOON })).toMatchObject({
      outcome: "claim",
      status: { phase: "Running", wakeAt: SOON },
    });
  });

  it("leaves a plan that waits for an approval alone until there is a decision or its time is over", () => {
    const record = toRecord({ phase: "AwaitingApproval", wakeAt: SOON });
    expect(planClaim(record, INPUT)).toEqual({ outcome: "waiting", until: SOON });
    expect(planClaim(record, { ...INPUT, now: SOON }).outcome).toBe("claim");
    const approval = { decision: "approve", by: "alice" } as const;
    const decided = { ...record, spec: { ...record.spec, approval } };
    expect(planClaim(decided, INPUT)).toMatchObject({
      outcome: "claim",
      status: { phase: "Running", wakeAt: SOON },
    });
  });

  it.each([
    ["At", undefined, "trigger", true],
    ["At", undefined, "target", false],
    ["For", undefined, "trigger", false],
    // A wake-up reports a state that does not match, a request one that does.
    ["For", undefined, "target", true],
    ["Verifying", "create", "target", true],
    ["Verifying", "create", "trigger", false],
    ["Verifying", undefined, "trigger", true],
    ["Verifying", undefined, "target", false],
  ] as const)(
    "claims a record that waits (reason %s, created by step %s) before its time after a change of the %s: %s",
    (reason, madeBy, changed, isClaimed) => {
      const operations = [{ type: "create" }, { type: "verify", madeBy }, { type: "alert" }];
      const states = ["done", "started", "planned"] as const;
      const steps = states.map((state, at) => ({ name: `${at}`, state }));
      const status = {
        phase: "Waiting",
        wakeAt: SOON,
        reason,
        plan: { operations },
        steps,
      } as const;
      expect(planClaim(toRecord(status), INPUT).outcome).toBe("waiting");
      const { outcome } = planClaim(toRecord(status), { ...INPUT, changed });
      expect(outcome).toBe(isClaimed ? "claim" : "waiting");
    },
  );

  it("lets any change end the wait of an action that can do nothing yet, and none that of a failed attempt", () => {
    const waits = { phase: "Waiting", wakeAt: SOON, waitingSince: NOW } as const;
    for (const changed of ["trigger", "target"] as const) {
      const claim = (reason: string) =>
        planClaim(toRecord({ ...waits, reason }), { ...INPUT, changed }).outcome;
      expect(claim("ConcurrentRun")).toBe("claim");
      expect(claim("Retrying")).toBe("waiting");
    }
    expect(planClaim(toRecord({ ...waits, reason: "ConcurrentRun" }), INPUT).outcome).toBe(
      "waiting",
    );
  });

  it("claims a record again that it has released", () => {
    const held = { phase: "Running", holder: "other", holdUntil: SOON, startedAt: NOW } as const;
    expect(toReleased(held)).toEqual({ phase: "Running", startedAt: NOW });
    expect(planClaim(toRecord(toReleased(held)), INPUT).outcome).toBe("claim");
  });

  it("decides for each phase whether the record has ended, waits for something else, or is free", () => {
    const outcomes = RECORD_PHASES.map((phase) => [
      phase,
      planClaim(toRecord({ phase }), INPUT).outcome,
    ]);
    expect(Object.fromEntries(outcomes)).toEqual({
      Pending: "claim",
      Waiting: "claim",
      AwaitingApproval: "claim",
      Deferred: "claim",
      Running: "claim",
      Succeeded: "ended",
      Failed: "ended",
      Refused: "ended",
      DryRun: "ended",
      Expired: "ended",
    });
  });
});
