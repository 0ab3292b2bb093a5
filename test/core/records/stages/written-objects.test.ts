/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import type { WriteOperation } from "../../../../core/operations/operation.ts";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../../core/pipeline/pipeline.ts";
import { withPlan } from "../../../../core/records/plan.ts";
import {
  findRivalWrites,
  findWrittenUids,
  SEVERAL,
  toWrites,
  withWrites,
} from "../../../../core/records/stages/written-objects.ts";
import { toStarted } from "../../../../core/records/step-progress.ts";
import { planTurn } from "../../../../core/records/target.ts";
import type { RemediationRecord } from "../../../../events/remediation.ts";
import { CREATE, toAlert } from "../operations.ts";
import { toRecord } from "../record.ts";

const PATCH = {
  type: "patch",
  name: "patch",
  target: CREATE.target,
  uid: "a",
  changes: [{ path: ["spec", "suspend"], to: true }],
} as const;
const DELETE = {
  type: "delete",
  name: "delete",
  target: CREATE.target,
  uid: "b",
  propagationPolicy: "Background",
} as const;

const planned = (...operations: readonly WriteOperation[]) =>
  withPlan({ phase: "Running" }, { operations });

/** A record of this name that has begun with these operations, of a trigger of its own. */
function begun(name: string, ...operations: readonly WriteOperation[]): RemediationRecord {
  const record = toRecord(toStarted(planned(...operations), 0, "2026-03-01T10:00:00.000Z"));
  const trigger = { ...record.spec.trigger, name, uid: `uid-of-${name}` };
  return {
    ...record,
    metadata: { ...record.metadata, name, uid: name },
    spec: { ...record.spec, trigger },
  };
}

describe("what a plan writes to", () => {
  it("are the objects that it changes, deletes and evicts, each once, and not what it creates", () => {
    const writes = [CREATE, PATCH, { ...PATCH, name: "patch-2" }, DELETE, toAlert("x")];
    expect(findWrittenUids(planned(...writes))).toEqual(["a", "b"]);
  });

  it("are different objects in different clusters, even if they have the same uid", () => {
    const there = { ...PATCH, target: { ...PATCH.target, cluster: "backup" } };
    expect(findWrittenUids(planned(PATCH, there))).toEqual(["a", "backup/a"]);
  });

  it("is not a run that makes way for another one", () => {
    expect(findWrittenUids(planned({ ...DELETE, unlessEnded: true }, CREATE))).toEqual([]);
  });

  it("stands in the status, as a digest of one object or as several", () => {
    const record = toRecord();
    expect(withWrites(planned(PATCH), record).writes).toBe(toWrites("cluster-uid", "a"));
    expect(withWrites(planned(PATCH, DELETE), record).writes).toBe(SEVERAL);
    expect(withWrites(planned(CREATE), record)).not.toHaveProperty("writes");
  });
});

describe("a record of another trigger", () => {
  const own = begun("own", PATCH);

  it("goes first if it has begun and writes to the same object", () => {
    const rival = begun("rival", DELETE, { ...PATCH, name: "patch-2" });
    expect(planTurn(own, [], [own, rival])).toEqual({ outcome: "held", by: rival });
  });

  it("does not count if it writes to other objects, has ended, has not begun, or is a dry run", () => {
    const others = [
      begun("elsewhere", DELETE),
      { ...begun("ended", PATCH), status: { ...own.status, phase: "Succeeded" } as const },
      { ...begun("planned", PATCH), status: planned(PATCH) },
      { ...begun("dry", PATCH), spec: { ...own.spec, mode: "dryRun" } as const },
    ];
    expect(planTurn(own, [], others)).toEqual({ outcome: "begin", overtaken: [] });
  });
});

describe("records that may write to an object of a plan", () => {
  const parse = (...rules: readonly object[]): Pipeline => {
    const parsed = parsePipeline({
      apiVersion: "kubemend.dev/v1alpha1",
      kind: "Pipeline",
      cluster: { name: "test" },
      rules: rules.map((rule, index) => ({ id: `r${index}`, once: "object", ...rule })),
    });
    if (parsed.ok) return parsed.value;
    throw new Error(JSON.stringify(parsed.error));
  };
  const uid = toRecord().spec.trigger.uid;
  const own = { on: { resource: "jobs.batch" }, then: [{ suspend: {} }] };
  const suspendNamed = (resource: string) => ({
    on: { resource: "configmaps" },
    then: [{ suspend: { target: { resource, name: "x" } } }],
  });
  const recordOf = (...operations: readonly WriteOperation[]) =>
    toRecord(withWrites(planned(...operations), toRecord()));
  const ofTrigger = recordOf({ ...PATCH, uid });
  const elsewhere = recordOf(PATCH);

  it("are looked for if it writes to another object than its trigger", () => {
    expect(findRivalWrites(elsewhere, parse(own))).toEqual([toWrites("cluster-uid", "a")]);
  });

  it("are looked for of a trigger only if a rule acts upon such objects from elsewhere", () => {
    expect(findRivalWrites(ofTrigger, parse(own, suspendNamed("cronjobs.batch")))).toEqual([]);
    const writes = [toWrites("cluster-uid", uid)];
    expect(findRivalWrites(ofTrigger, parse(own, suspendNamed("jobs.batch")))).toEqual(writes);
    const byOwner = {
      on: { resource: "pods" },
      then: [{ suspend: { target: { relation: "owner" } } }],
    };
    expect(findRivalWrites(ofTrigger, parse(own, byOwner))).toEqual(writes);
  });

  it("are looked for among those of several objects if a rule has such", () => {
    const [first] = suspendNamed("jobs.batch").then;
    const both = { on: { resource: "configmaps" }, then: [first, { label: { set: { a: "b" } } }] };
    expect(findRivalWrites(elsewhere, parse(both))).toEqual([
      toWrites("cluster-uid", "a"),
      SEVERAL,
    ]);
  });

  it("are none for a dry run and for a plan that only creates", () => {
    const dry = { ...elsewhere, spec: { ...elsewhere.spec, mode: "dryRun" } as const };
    expect(findRivalWrites(dry, parse(own))).toEqual([]);
    expect(findRivalWrites(recordOf(CREATE), parse(own))).toEqual([]);
  });
});
