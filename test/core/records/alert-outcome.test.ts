import { expect, it } from "vitest";
import { toAlertOutcome } from "../../../core/records/alert-outcome.ts";
import type { RecordStatus } from "../../../events/remediation.ts";
import { FAN_OUT } from "./targets/fan-out.ts";
import { toJobAddress } from "../../support/kubernetes/job-address.ts";

const target = toJobAddress("a");
const remove = {
  type: "delete",
  name: "deleteObject",
  target,
  uid: "u",
  propagationPolicy: "Background",
};
const verify = {
  type: "verify",
  name: "verify",
  expression: "true",
  withinMs: 1,
  target,
  uid: "u",
};
const alert = { type: "alert", name: "alert", to: "ops", summary: "s" };
const STARTED = "2026-11-20T02:00:00.000Z";
const NOW = "2026-11-20T02:00:04.100Z";
const object = { apiVersion: "batch/v1", kind: "Job", namespace: "data", name: "a" };

/** A status with a step for each operation; those that are not given have not begun. */
function status(rest: Partial<RecordStatus>): RecordStatus {
  const { plan = { operations: [remove, verify, alert] }, steps = [] } = rest;
  const all = plan.operations.map(
    (operation, at) =>
      steps[at] ?? ({ name: (operation as { name: string }).name, state: "planned" } as const),
  );
  return { phase: "Running", startedAt: STARTED, ...rest, plan, steps: all };
}

it("says what was done, that it was verified, and how long it took", () => {
  const steps = [
    { name: "deleteObject", state: "done", object },
    { name: "verify", state: "done" },
    { name: "alert", state: "started" },
  ] as const;
  expect(toAlertOutcome(status({ steps }), undefined, NOW)).toEqual({
    result: "succeeded",
    steps: ["deleted Job data/a", "verified Job data/a"],
    tookMs: 4_100,
  });
});

it("says which step failed, and why", () => {
  const steps = [
    { name: "deleteObject", state: "failed", code: "Forbidden", message: "no" },
  ] as const;
  expect(toAlertOutcome(status({ steps }), { code: "Forbidden" }, NOW)).toMatchObject({
    result: "failed",
    steps: ["deleteObject failed: no"],
  });
});

it("a refusal has no steps", () => {
  const problem = { phase: "Refused", code: "OutOfReach", message: "no" } as const;
  const plan = { operations: [alert], problem };
  expect(toAlertOutcome(status({ plan }), problem, NOW)).toMatchObject({
    result: "refused",
    steps: [],
  });
});

it("what could not be verified is unknown", () => {
  const problem = { code: "VerifyUnknown" };
  expect(toAlertOutcome(status({ steps: [] }), problem, NOW)?.result).toBe("unknown");
});

it("a plan of alerts alone has no outcome", () => {
  expect(toAlertOutcome(status({ plan: { operations: [alert] } }), undefined, NOW)).toBeUndefined();
});

it("a fan-out that has changed no object has no outcome, so that its alert is not over", () => {
  const fanOut = { ...FAN_OUT, name: "deleteObject" };
  const plan = { operations: [fanOut, alert] };
  const message = "deleted 0 Pods";
  const step = { name: "deleteObject", state: "done", message } as const;
  const idle = [{ ...step, code: "NothingChanged" }];
  expect(toAlertOutcome(status({ plan, steps: idle }), undefined, NOW)).toBeUndefined();
  expect(toAlertOutcome(status({ plan, steps: [step] }), undefined, NOW)?.result).toBe("succeeded");
});

it("lists ten steps, and counts the others", () => {
  const operations = Array.from({ length: 14 }, (_, at) => ({ ...remove, name: `d${at}` }));
  const steps = operations.map(({ name }) => ({ name, state: "done", object }) as const);
  const outcome = toAlertOutcome(status({ plan: { operations }, steps }), undefined, NOW);
  expect(outcome?.steps).toHaveLength(11);
  expect(outcome?.steps.at(-1)).toBe("4 more steps");
});
