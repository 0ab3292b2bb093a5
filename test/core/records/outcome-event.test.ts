import { describe, expect, it } from "vitest";
import type { RecordStatus } from "../../../events/remediation.ts";
import type { Trigger } from "../../../events/request.ts";
import { toOutcomeEvent } from "../../../core/records/outcome-event.ts";
import { FAILED_JOB_TRIGGER } from "../../support/failed-job.ts";
import { toRecord } from "./record.ts";

const END: RecordStatus = {
  phase: "Succeeded",
  reason: "Remediated",
  message: "created Job data/x",
  endedAt: "2026-03-01T10:00:00.000Z",
};

function toEvent(status: RecordStatus = END, trigger: Trigger = FAILED_JOB_TRIGGER) {
  const record = toRecord(status);
  return toOutcomeEvent({ ...record, spec: { ...record.spec, trigger } });
}

describe("the Event about the outcome of a record", () => {
  it("is about the trigger, names the record, and has one name per record", () => {
    expect(toEvent()).toEqual({
      namespace: "data",
      body: {
        apiVersion: "events.k8s.io/v1",
        kind: "Event",
        metadata: {
          name: "backup-1.0123456789abcdef0123",
          namespace: "data",
          annotations: {
            "kubemend.dev/cause": "rerun-0123456789abcdef0123",
            "kubemend.dev/depth": "1",
            "kubemend.dev/at": END.endedAt,
          },
        },
        eventTime: "2026-03-01T10:00:00.000000Z",
        type: "Normal",
        reason: "RemediationSucceeded",
        action: "Remediate",
        note: "rule rerun: created Job data/x (remediation rerun-0123456789abcdef0123)",
        reportingController: "kubemend.dev/remediate",
        reportingInstance: "kubemend",
        regarding: {
          apiVersion: "batch/v1",
          kind: "Job",
          namespace: "data",
          name: "backup-1",
          uid: "job-uid",
          resourceVersion: "7",
        },
        related: {
          apiVersion: "kubemend.dev/v1alpha1",
          kind: "Remediation",
          namespace: "kubemend",
          name: "rerun-0123456789abcdef0123",
          uid: "record-uid",
        },
      },
    });
  });

  it.each([
    ["Succeeded", "Normal"],
    ["DryRun", "Normal"],
    ["Refused", "Normal"],
    ["Failed", "Warning"],
    ["Expired", "Warning"],
  ] as const)("of phase %s is of type %s", (phase, type) => {
    expect(toEvent({ ...END, phase })?.body).toMatchObject({ type, reason: `Remediation${phase}` });
  });

  it("of a record that was reopened is another one, for each match", () => {
    const nameOf = (matchedAt?: string): string => {
      const status = matchedAt === undefined ? END : { ...END, matchedAt };
      return JSON.stringify(toEvent(status)?.body["metadata"]);
    };
    const first = "2026-03-01T09:00:00.000Z";
    const names = [nameOf(), nameOf(first), nameOf("2026-03-01T09:30:00.000Z")];
    expect(new Set(names).size).toBe(3);
    expect(nameOf(first)).toBe(names[1]);
  });

  it("is in the namespace default for a cluster-scoped trigger of the core group", () => {
    const node = { ...FAILED_JOB_TRIGGER, group: "", kind: "Node", namespace: null };
    const event = toEvent(END, node);
    expect(event?.namespace).toBe("default");
    expect(event?.body["regarding"]).not.toHaveProperty("namespace");
    expect(event?.body["regarding"]).toMatchObject({ apiVersion: "v1", kind: "Node" });
  });

  it("fits into the limits of the API server", () => {
    const trigger = { ...FAILED_JOB_TRIGGER, name: "n".repeat(253) };
    const body = toEvent({ ...END, message: "m".repeat(2_000) }, trigger)?.body;
    expect(Buffer.byteLength(String(body?.["note"]))).toBe(1024);
    expect(body?.["note"]).toMatch(/m…$/);
    expect(body?.["metadata"]).toMatchObject({ name: expect.stringMatching(/^.{253}$/) });
    const exact = 1024 - "rule rerun:  (remediation rerun-0123456789abcdef0123)".length;
    expect(toEvent({ ...END, message: "m".repeat(exact) })?.body["note"]).toMatch(/0123\)$/);
  });

  it("has a note of at most 1,024 bytes, which is what the API server counts, in whole characters", () => {
    for (const character of ["é", "漢", "😀"]) {
      const note = String(toEvent({ ...END, message: character.repeat(1_000) })?.body["note"]);
      expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1024);
      expect(Buffer.byteLength(note)).toBeGreaterThan(1018);
      expect(note).toMatch(new RegExp(`${character}…$`, "u"));
    }
  });

  it("does not exist before the end, or about an Event", () => {
    expect(toEvent({ phase: "Running" })).toBeUndefined();
    expect(toEvent(END, { ...FAILED_JOB_TRIGGER, kind: "Event" })).toBeUndefined();
  });

  it("does not exist if the end only says that a wait is over", () => {
    const refused = { ...END, phase: "Refused", reason: "EpisodeOver" } as const;
    expect(toEvent({ ...refused, waitedUntil: "2026-03-01T10:05:00.000Z" })).toBeUndefined();
    expect(toEvent(refused)?.body).toMatchObject({ reason: "RemediationRefused" });
  });

  it("has the reason or the phase as its note if there is no message", () => {
    const { message: _message, ...silent } = END;
    const { reason: _reason, ...bare } = silent;
    expect(toEvent(silent)?.body["note"]).toContain(": Remediated (");
    expect(toEvent(bare)?.body["note"]).toContain(": Succeeded (");
  });
});
