import { describe, expect, test } from "vitest";
import { formatRecord, toRecordLine, toShownState } from "../../../cli/records/format-record.ts";
import type { RecordStatus, RecordStep, RemediationRecord } from "../../../events/remediation.ts";

const NOW = Date.parse("2026-03-01T10:05:00.000Z");

function toRecord(status: Partial<RecordStatus>): RemediationRecord {
  return {
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Remediation",
    metadata: {
      name: "rerun-1",
      namespace: "kubemend",
      uid: "u",
      resourceVersion: "1",
      creationTimestamp: "2026-03-01T10:02:00Z",
    },
    spec: {
      rule: { id: "rerun", digest: "d" },
      mode: "enforce",
      trigger: { kind: "Job", namespace: "data", name: "backup-1" },
    } as RemediationRecord["spec"],
    status: { phase: "Succeeded", ...status },
  };
}

const step = (name: string, state: RecordStep["state"]): RecordStep => ({ name, state });

describe("the lines of a remediation", () => {
  test("show its phase, rule, object, duration, name and age, then its message", () => {
    const record = toRecord({ took: "312ms", message: "created Job data/backup-2" });
    expect(formatRecord(record, NOW)).toBe(
      `Succeeded         rerun  Job data/backup-1 (312ms)  rerun-1  3m ago\n${" ".repeat(18)}created Job data/backup-2`,
    );
  });

  test.each([
    ["2026-03-01T10:05:30Z", "0s"],
    ["2026-03-01T10:04:01Z", "59s"],
    ["2026-03-01T08:00:00Z", "2h"],
    ["2026-02-01T08:00:00Z", "28d"],
  ])("created at %s is %s old", (creationTimestamp, age) => {
    const { metadata, ...record } = toRecord({});
    const aged = { ...record, metadata: { ...metadata, creationTimestamp } };
    expect(formatRecord(aged, NOW)).toContain(`  ${age} ago`);
  });

  test("forge no line and control no terminal, whatever a person or a server has written", () => {
    const record = toRecord({
      phase: "Refused",
      message: "rejected by eve: \u001B[2J\nSucceeded         rerun  Job data/other  \u202Eforged",
    });
    expect(formatRecord(record, NOW).split("\n")).toHaveLength(2);
    expect(formatRecord(record, NOW)).toMatch(/^[^\p{Cc}\p{Cf}]*\n[^\p{Cc}\p{Cf}]*$/u);
  });

  test("say that onFailure was needed", () => {
    const steps = [
      step("create", "done"),
      step("verify", "failed"),
      step("create-stage-1", "done"),
    ];
    const escalated = toRecord({ steps });
    expect(formatRecord(escalated, NOW)).toContain(
      "escalated: verify failed, and onFailure succeeded",
    );
    expect(toRecordLine(escalated)).toMatchObject({ phase: "Succeeded", escalated: "verify" });
    const running = toRecord({ phase: "Running", steps });
    expect(formatRecord(running, NOW)).toContain(
      "escalated: verify failed, and onFailure is running",
    );
    const failed = toRecord({ phase: "Failed", steps });
    expect(formatRecord(failed, NOW)).not.toContain("escalated");
    const plain = toRecord({ steps: [step("create", "done")] });
    expect(formatRecord(plain, NOW)).not.toContain("escalated");
  });

  test("say how often an attempt has failed, since when, and why", () => {
    const retrying = {
      attempts: 3,
      failingSince: "2026-03-01T10:01:00.000Z",
      cause: { code: "QuotaExceeded", message: "exceeded quota" },
    } as const;
    const record = toRecord({ phase: "Waiting", reason: "Retrying", ...retrying });
    expect(toRecordLine(record)).toMatchObject(retrying);
  });

  test("are not printed again for a new claim or a later look at the verified object", () => {
    const waiting = { phase: "Waiting", message: "verifying" } as const;
    const before = toRecord({ ...waiting, holder: "a", wakeAt: "2026-03-01T10:05:00.000Z" });
    const after = toRecord({ ...waiting, holder: "b", wakeAt: "2026-03-01T10:05:05.000Z" });
    expect(toShownState(after)).toBe(toShownState(before));
    expect(toShownState(toRecord({ ...waiting, message: "other" }))).not.toBe(toShownState(before));
  });
});
