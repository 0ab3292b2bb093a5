/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import type { RecordStatus, RemediationRecord } from "../../../../events/remediation.ts";
import { leavesNoMark, toRecordChain } from "../../../../core/records/stages/record-chain.ts";
import { toRecord } from "../record.ts";

const NOW = "2026-03-01T10:30:00.000Z";
const AT = "2026-03-01T10:00:10.000Z";
const ACTED = { phase: "Succeeded", endedAt: AT, writes: "x" } as const;

/** A record of another trigger, or of the same one. */
function earlier(
  status: Partial<RecordStatus> = {},
  parts: { readonly uid?: string; readonly createdAt?: string; readonly mode?: "dryRun" } = {},
): RemediationRecord {
  const record = toRecord({ ...ACTED, ...status });
  const { uid = "other", createdAt = "2026-03-01T10:00:00Z", mode = "enforce" } = parts;
  const metadata = { ...record.metadata, name: "earlier", creationTimestamp: createdAt };
  const trigger = { ...record.spec.trigger, uid };
  return { ...record, metadata, spec: { ...record.spec, trigger, mode } };
}

const OWN = toRecord();
const toPod = (creationTimestamp: string, phase = "Running"): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", uid: OWN.spec.trigger.uid, creationTimestamp },
  status: { phase },
});
const NEXT = toPod("2026-03-01T10:00:12Z");
const chainOf = (other: RemediationRecord, pod = NEXT) => toRecordChain(OWN, pod, [other], NOW);

describe("the chain of records", () => {
  it("is one longer than that of a record whose object this one has replaced", () => {
    expect(chainOf(earlier())).toEqual({ depth: 1, rules: { rerun: AT } });
    const loopRules = "rerun@2026-03-01T09:50:00.000Z";
    expect(chainOf(earlier({ depth: 2, loopRules }))).toEqual({ depth: 3, rules: { rerun: AT } });
  });

  it("counts a record of the same object, whenever that was created", () => {
    const { uid } = OWN.spec.trigger;
    expect(chainOf(earlier({}, { uid, createdAt: "2026-03-01T10:20:00Z" })).depth).toBe(1);
  });

  it.each([
    ["an object that was there before", earlier({}, { createdAt: "2026-03-01T10:00:12Z" })],
    ["a record that has written nothing", earlier({ writes: undefined })],
    ["a record that is older than an hour", earlier({ endedAt: "2026-03-01T09:29:59.000Z" })],
    ["a dry run", earlier({}, { mode: "dryRun" })],
    ["the record itself", { ...earlier(), metadata: OWN.metadata }],
  ])("does not count %s", (_, other) => {
    expect(chainOf(other).depth).toBe(0);
  });
});

describe("records are asked for a chain", () => {
  const asks = (action: string, parameters = {}, pod = NEXT): boolean =>
    leavesNoMark({ then: [{ action, parameters }] }, pod);

  it("by rules that scale, evict, delete or drain", () => {
    expect(["scale", "evictPod", "deleteObject", "drain"].map((action) => asks(action))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(["patch", "cordon", "createJob", "alert"].some((action) => asks(action))).toBe(false);
  });

  it("not for many targets, nor for the deletion of a Pod that has ended", () => {
    expect(asks("evictPod", { targets: {} })).toBe(false);
    expect(asks("deleteObject", {}, toPod("2026-03-01T10:00:12Z", "Failed"))).toBe(false);
    expect(asks("evictPod", {}, toPod("2026-03-01T10:00:12Z", "Failed"))).toBe(true);
  });
});
