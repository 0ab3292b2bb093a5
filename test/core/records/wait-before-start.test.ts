import { describe, expect, it } from "vitest";
import type { Bindings } from "../../../core/cel/compile.ts";
import { DEFAULT_GUARDS } from "../../../core/guards/settings.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import { planAtWait, planForWait, planRestOfFor } from "../../../core/records/wait-before-start.ts";
import { toRecord } from "./record.ts";

const NOW = "2026-03-01T10:00:00.000Z";
const LATER = "2026-03-01T10:00:30.000Z";
const WAITED = toRecord({ phase: "Running", waitedUntil: NOW });

const RULE: Rule = {
  id: "rerun",
  on: { resource: "jobs.batch", changes: ["modified"] },
  once: { type: "object" },
  initial: "skip",
  then: [],
  mode: "enforce",
  guards: DEFAULT_GUARDS,
  digest: "digest-1",
};

describe("for", () => {
  const rule = { ...RULE, forMs: 30_000 };

  it("waits from now, by the clock of the executor", () => {
    expect(planForWait(toRecord(), rule, NOW)).toEqual({
      until: LATER,
      reason: "For",
      message: `waiting until ${LATER}; the condition is then evaluated again`,
    });
  });

  it("waits after a failed attempt too: that wait was not the rule's", () => {
    const retrying = toRecord({ phase: "Running", reason: "Retrying", attempts: 1, wakeAt: NOW });
    expect(planForWait(retrying, rule, NOW)?.reason).toBe("For");
  });

  it("does not wait twice, or without a duration", () => {
    expect(planForWait(WAITED, rule, NOW)).toBeUndefined();
    expect(planForWait(toRecord(), RULE, NOW)).toBeUndefined();
  });
});

describe("the rest of for, of a record that is woken early", () => {
  const rule = { ...RULE, forMs: 30_000 };
  const waiting = toRecord({ phase: "Running", waitedUntil: LATER });

  it("is waited for, up to the time that was set at first", () => {
    expect(planRestOfFor(waiting, rule, NOW)).toMatchObject({ until: LATER, reason: "For" });
    expect(planRestOfFor(waiting, rule, LATER)).toBeUndefined();
  });

  it("is none of a rule without for, nor of a record that has not waited", () => {
    expect(planRestOfFor(waiting, RULE, NOW)).toBeUndefined();
    expect(planRestOfFor(toRecord(), rule, NOW)).toBeUndefined();
    expect(planRestOfFor(toRecord({ phase: "Running" }), rule, NOW)).toBeUndefined();
  });
});

describe("at", () => {
  const bindings: Bindings = {
    object: {
      spec: { at: LATER, past: NOW, number: 1, odd: "soon", far: "+010000-01-01T00:00:00Z" },
    },
    cluster: { name: "c", uid: "u" },
    now: NOW,
  };
  const plan = (at: string, record = toRecord()) => planAtWait(record, { ...RULE, at }, bindings);

  it.each(["object.spec.at", "timestamp(object.spec.at)"])("waits until %s", (at) => {
    const message = `waiting until ${LATER}, by the rule's at; the condition is then evaluated again`;
    expect(plan(at)).toEqual({ ok: true, value: { until: LATER, reason: "At", message } });
  });

  it("evaluates the time again if the record is woken early", () => {
    const until = "2026-03-01T11:00:00.000Z";
    for (const early of [{ wakeAt: until }, { wakeAt: until, waitedUntil: until }]) {
      const record = toRecord({ phase: "Running", ...early });
      expect(plan("object.spec.at", record)).toMatchObject({ ok: true, value: { until: LATER } });
    }
  });

  it.each([
    ["a time that has come", "object.spec.past", toRecord()],
    ["a record that has waited", "object.spec.at", WAITED],
  ])("does not wait for %s", (_what, at, record) => {
    expect(plan(at, record)).toEqual({ ok: true, value: undefined });
  });

  it("does not wait if the rule has no at", () => {
    expect(planAtWait(toRecord(), RULE, bindings)).toEqual({ ok: true, value: undefined });
  });

  it.each([
    ["object.spec.number", /^the rule's at: it is not a timestamp/],
    ["object.spec.odd", /it is not a timestamp/],
    ["object.spec.far", /it is not a timestamp/],
    ["object.spec.missing", /it reads object\.spec\.missing, which is not there/],
    ["object.spec.at + 1", /\+ does not take/],
    ["object.a and b", /is not an operator/],
  ])("refuses the remediation for %s", (at, message) => {
    expect(plan(at)).toEqual({
      ok: false,
      error: { phase: "Refused", reason: "RuleError", message: expect.stringMatching(message) },
    });
  });
});
