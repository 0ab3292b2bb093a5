import { describe, expect, it } from "vitest";
import {
  RECORD_PHASES,
  type RecordStatus,
  type RemediationRecord,
} from "../../../events/remediation.ts";
import {
  COMPACT_AFTER_MS,
  isSuperseded,
  noteRecord,
  planSweep,
  RETIRE_AFTER_MS,
} from "../../../core/records/plan-sweep.ts";
import { toRecord } from "./record.ts";

const T0 = "2026-03-01T10:00:00.000Z";
const T0_MS = Date.parse(T0);
const minutes = (count: number): number => T0_MS + count * 60_000;

/** Ten and twenty minutes after the creation, so that each time is distinguished from the others. */
const TIMES = { wakeAt: "2026-03-01T10:10:00.000Z", holdUntil: "2026-03-01T10:20:00.000Z" };

function recordOf(status: RecordStatus | undefined, changes: object = {}, createdAt = T0) {
  const record = toRecord(status);
  return {
    ...record,
    metadata: { ...record.metadata, creationTimestamp: createdAt },
    spec: { ...record.spec, ...changes },
  };
}

describe("planSweep", () => {
  it.each<[string, RecordStatus | undefined]>([
    ["has no status", undefined],
    ["waits", { phase: "Waiting", wakeAt: T0 }],
    ["waits for an approval that has expired", { phase: "AwaitingApproval", wakeAt: T0 }],
    ["is deferred", { phase: "Deferred", wakeAt: T0 }],
  ])("wakes a record that %s, at growing intervals", (_what, status) => {
    const turns = Array.from({ length: 181 }, (_, minute) => minute).filter(
      (minute) => planSweep(recordOf(status), minutes(minute)).outcome === "wake",
    );
    expect(turns).toEqual([1, 2, 4, 8, 16, 32, 60, 120, 180]);
  });

  it("wakes a record whose run died at the first sweep after the end of its claim", () => {
    const status = { phase: "Running", holder: "dead", holdUntil: T0 } as const;
    expect(planSweep(recordOf(status), T0_MS - 1).outcome).toBe("leave");
    const turns = Array.from({ length: 20 }, (_, minute) => minute).filter(
      (minute) => planSweep(recordOf(status), minutes(minute)).outcome === "wake",
    );
    expect(turns).toEqual([0, 1, 2, 4, 8, 16]);
  });

  it.each<[string, RecordStatus | undefined, number]>([
    ["the creation, if it has no status", undefined, 0],
    ["the creation, if it has never been claimed", { phase: "Pending" }, 0],
    ["wakeAt, if it waits", { phase: "Waiting", ...TIMES }, 10],
    ["wakeAt, if it waits for an approval", { phase: "AwaitingApproval", ...TIMES }, 10],
    ["wakeAt, if it is deferred", { phase: "Deferred", ...TIMES }, 10],
  ])("counts from %s", (_what, status, due) => {
    const first = Array.from({ length: 60 }, (_, minute) => minute).find(
      (minute) => planSweep(recordOf(status), minutes(minute)).outcome === "wake",
    );
    expect(first).toBe(due + 1);
  });

  it("wakes a record with a decision from the time of the decision, according to the API server", () => {
    const approval = { decision: "approve", by: "alice" };
    const waiting = { phase: "AwaitingApproval", wakeAt: "2026-03-02T10:00:00.000Z" } as const;
    const record = recordOf(waiting, { approval });
    const decided = (fieldsV1: unknown) => ({
      ...record,
      metadata: {
        ...record.metadata,
        managedFields: [
          { time: T0, fieldsV1: {} },
          null,
          { time: "2026-03-01T10:10:00Z", fieldsV1 },
        ],
      },
    });
    const turnsOf = (of: typeof record) =>
      Array.from({ length: 30 }, (_, minute) => minute).filter(
        (minute) => planSweep(of, minutes(minute)).outcome === "wake",
      );
    expect(turnsOf(decided({ "f:spec": { "f:approval": {} } }))).toEqual([11, 12, 14, 18, 26]);
    expect(turnsOf(decided({ "f:metadata": {} }))).toEqual([1, 2, 4, 8, 16]);
  });

  it("compacts an ended record to its outcome after a week, once", () => {
    const outcome = { phase: "Failed", reason: "Invalid", message: "no", endedAt: T0 } as const;
    const long = { ...outcome, plan: { operations: [] }, steps: [] };
    expect(planSweep(recordOf(long), T0_MS + COMPACT_AFTER_MS - 1)).toEqual({ outcome: "leave" });
    expect(planSweep(recordOf(long), T0_MS + COMPACT_AFTER_MS)).toEqual({
      outcome: "compact",
      status: outcome,
    });
    expect(planSweep(recordOf(outcome), T0_MS + COMPACT_AFTER_MS)).toEqual({ outcome: "leave" });
    for (const part of [{ plan: { operations: [] } }, { steps: [] }, { preview: ["would"] }]) {
      const half = recordOf({ ...outcome, ...part });
      expect(planSweep(half, T0_MS + COMPACT_AFTER_MS).outcome).toBe("compact");
    }
  });

  it("counts the age of an ended record without a time from its creation", () => {
    const { outcome } = planSweep(recordOf({ phase: "Failed" }), T0_MS + RETIRE_AFTER_MS - 1);
    expect(outcome).toBe("leave");
    expect(planSweep(recordOf({ phase: "Failed" }), T0_MS + RETIRE_AFTER_MS).outcome).toBe(
      "retire",
    );
  });

  it("never retires a record before the retention of all queues together is over, or before it has ended", () => {
    for (const phase of RECORD_PHASES) {
      const young = planSweep(recordOf({ phase, endedAt: T0 }), T0_MS + RETIRE_AFTER_MS - 1);
      expect([phase, young.outcome]).not.toEqual([phase, "retire"]);
    }
    const running = recordOf({ phase: "Running", holdUntil: T0 });
    expect(planSweep(running, T0_MS + 2 * RETIRE_AFTER_MS).outcome).not.toBe("retire");
    const ended = recordOf({ phase: "Succeeded", endedAt: T0 });
    expect(planSweep(ended, T0_MS + RETIRE_AFTER_MS)).toEqual({ outcome: "retire" });
  });
});

describe("isSuperseded", () => {
  const old = recordOf({ phase: "Succeeded" }, { onceKey: "first" });
  const later = "2026-03-01T10:00:01Z";

  /** Whether `old` is superseded by these records, in either order. */
  const isOver = (...others: readonly RemediationRecord[]): boolean => {
    const answers = [others, others.toReversed()].map((order) => {
      const newest = new Map<string, number>();
      for (const record of order) noteRecord(newest, record);
      return isSuperseded(old, newest);
    });
    expect(answers[0]).toBe(answers[1]);
    return answers[0] === true;
  };

  it("is true only if a later record of the same rule, object and mode exists", () => {
    expect(isOver()).toBe(false);
    expect(isOver(old)).toBe(false);
    expect(isOver(old, recordOf(undefined, { onceKey: "second" }, later))).toBe(true);
    expect(isOver(old, recordOf(undefined, { onceKey: "second" }))).toBe(false);
    expect(isOver(old, recordOf(undefined, { mode: "dryRun" }, later))).toBe(false);
    expect(isOver(old, recordOf(undefined, { rule: { id: "x", digest: "d" } }, later))).toBe(false);
    const trigger = { ...old.spec.trigger, uid: "other" };
    expect(isOver(old, recordOf(undefined, { trigger }, later))).toBe(false);
  });
});
