/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import type { RecordStatus, RemediationRecord } from "../../../events/remediation.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { withPlan } from "../../../core/records/plan.ts";
import { toStarted } from "../../../core/records/step-progress.ts";
import { hasBegun, mayShareTarget, planTurn, toDeferred } from "../../../core/records/target.ts";
import { toTarget } from "../../../core/records/select-records.ts";
import { CREATE, toAlert } from "./operations.ts";
import { toRecord } from "./record.ts";

const NOW = "2026-03-01T10:00:00.000Z";
const PLANNED = withPlan({ phase: "Running" }, { operations: [toAlert("first"), CREATE] });
const BEGUN = toStarted(PLANNED, 1, NOW);

function recordOf(
  name: string,
  second: number,
  status?: RecordStatus,
  spec: Partial<RemediationRecord["spec"]> = {},
): RemediationRecord {
  const whole = toRecord(status);
  const time = `2026-03-01T10:00:0${second}.000Z`;
  const metadata = { ...whole.metadata, name, uid: name };
  const change = { ...whole.spec.change, time };
  return { ...whole, metadata, spec: { ...whole.spec, change, ...spec } };
}

const OTHER_RULE = { rule: { id: "other", digest: "d" } };

describe("a record has begun with its target", () => {
  it("once its first write has started, not by an alert", () => {
    expect(hasBegun({ phase: "Pending" })).toBe(false);
    expect(hasBegun(PLANNED)).toBe(false);
    expect(hasBegun(toStarted(PLANNED, 0, NOW))).toBe(false);
    expect(hasBegun(BEGUN)).toBe(true);
  });
});

describe("the turn of a record", () => {
  const own = recordOf("own", 5);

  it("has come if it is alone, or the others have ended, begun nothing, or are dry runs", () => {
    const others = [
      own,
      recordOf("ended", 1, { ...BEGUN, phase: "Succeeded" }, OTHER_RULE),
      recordOf("waits", 2, { phase: "Waiting" }, OTHER_RULE),
      recordOf("dry", 3, BEGUN, { mode: "dryRun" }),
    ];
    expect(planTurn(own, others)).toEqual({ outcome: "begin", overtaken: [] });
  });

  it("has not come while another one has begun, of whatever rule and age, and whatever it waits for", () => {
    for (const phase of ["Running", "Waiting", "Deferred"] as const) {
      const holder = recordOf("holder", 9, { ...BEGUN, phase }, OTHER_RULE);
      expect(planTurn(own, [own, holder])).toEqual({ outcome: "held", by: holder });
    }
  });

  it("never comes if a later one of its rule exists; and that one overtakes it", () => {
    const later = recordOf("later", 6);
    expect(planTurn(own, [own, later])).toEqual({ outcome: "superseded", by: later });
    expect(planTurn(later, [own, later])).toEqual({ outcome: "begin", overtaken: [own] });
    const sameSecond = recordOf("owner", 5);
    expect(planTurn(own, [own, sameSecond]).outcome).toBe("superseded");
    expect(planTurn(sameSecond, [own, sameSecond]).outcome).toBe("begin");
    const matchedAt = "2026-03-01T11:00:00.000Z";
    const reopened = recordOf("first", 1, { phase: "Pending", matchedAt });
    expect(planTurn(reopened, [reopened, own])).toEqual({ outcome: "begin", overtaken: [own] });
  });
});

describe("a deferred record", () => {
  it("plans again, unless a person has seen its plan: that one is confirmed again", () => {
    const wait = { until: NOW, message: "waits" };
    const deferred = toDeferred(
      { ...PLANNED, holder: "me", holdUntil: NOW, attempts: 2 },
      wait,
      "holder",
    );
    expect(deferred).toEqual({
      phase: "Deferred",
      reason: "TargetHeld",
      wakeAt: NOW,
      message: "waits",
      heldBy: "holder",
    });
    const approved = toDeferred({ ...BEGUN, preview: ["a"], approvedBy: "alice" }, wait, "holder");
    expect(approved).toMatchObject({ phase: "Deferred", preview: ["a"], plan: PLANNED.plan });
    expect(approved).not.toHaveProperty("approvedBy");
    expect(hasBegun(approved)).toBe(false);
  });
});

describe("other records of a target", () => {
  const where = (type: string) =>
    `object.status.conditions.exists(c, c.type == "${type}" && c.status == "True")`;
  const parse = (...rules: readonly object[]): Pipeline => {
    const then = [{ createJobFromCronJob: {} }];
    const parsed = parsePipeline({
      apiVersion: "kubemend.dev/v1alpha1",
      kind: "Pipeline",
      cluster: { name: "test" },
      rules: rules.map((rule) => ({ on: { resource: "jobs.batch" }, then, ...rule })),
    });
    if (parsed.ok) return parsed.value;
    throw new Error(JSON.stringify(parsed.error));
  };
  const label = { then: [{ label: { set: { seen: "yes" } } }] };
  const alert = { then: [{ alert: { to: "team", summary: "'x'" } }] };

  it.each<[string, boolean, Pipeline, Partial<RemediationRecord["spec"]>]>([
    ["one episode per object", false, parse({ id: "rerun" }), {}],
    [
      "a condition that never changes back",
      false,
      parse({ id: "rerun", where: where("Failed") }),
      {},
    ],
    ["a condition that does", true, parse({ id: "rerun", where: where("Suspended") }), {}],
    [
      "a condition of that name on another resource",
      true,
      parse({
        id: "rerun",
        on: { resource: "deployments.apps" },
        where: where("Failed"),
        ...label,
      }),
      {},
    ],
    ["an episode per generation", true, parse({ id: "rerun", once: "generation", ...label }), {}],
    [
      "another rule that acts on another resource",
      false,
      parse({ id: "rerun" }, { id: "other", on: { resource: "pods" }, ...label }),
      {},
    ],
    ["an episode per change", true, parse({ id: "rerun", once: "change" }), {}],
    ["another rule that acts", true, parse({ id: "rerun" }, { id: "other" }), {}],
    ["another rule that alerts", false, parse({ id: "rerun" }, { id: "other", ...alert }), {}],
    ["a request by hand", true, parse({ id: "rerun" }), { onceKey: "manual/now/me" }],
    ["a dry run", false, parse({ id: "rerun", once: "change" }), { mode: "dryRun" }],
    ["a rule that is gone", true, parse({ id: "other" }), {}],
  ])("are looked for only if there may be some: %s is %s", (_what, may, pipeline, spec) => {
    expect(mayShareTarget(recordOf("own", 1, undefined, spec), pipeline)).toBe(may);
  });

  it("are those with the same uid in the same cluster", () => {
    const { spec } = toRecord();
    const again = { ...spec, trigger: { ...spec.trigger, uid: "another" } };
    expect(toTarget(spec)).toMatch(/^[0-9a-f]{40}$/);
    expect(toTarget(again)).not.toBe(toTarget(spec));
    const moved = { ...spec, cluster: { ...spec.cluster, uid: "another" } };
    expect(toTarget(moved)).not.toBe(toTarget(spec));
  });
});
