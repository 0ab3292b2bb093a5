import { describe, expect, it } from "vitest";
import type { RecordStatus } from "../../../events/remediation.ts";
import type { OperationOutcome, WriteOperation } from "../../../core/operations/operation.ts";
import { createPlan, withPlan } from "../../../core/records/plan.ts";
import { planNextStep } from "../../../core/records/next-step.ts";
import { toEnded } from "../../../core/records/record-end.ts";
import { toStarted, toStepEnded } from "../../../core/records/step-progress.ts";
import { CREATE, planOf, toAlert } from "./operations.ts";
import { toRecord } from "./record.ts";

const NOW = "2026-03-01T10:00:00.000Z";
const LATER = "2026-03-01T10:00:05.000Z";
const OPERATIONS: readonly WriteOperation[] = [CREATE, toAlert("done")];
const PLANNED = withPlan(
  { phase: "Running", holder: "me", holdUntil: NOW, startedAt: "2026-03-01T09:59:59.000Z" },
  planOf([{ outcome: "operations", operations: OPERATIONS }]),
);
type Ended = Exclude<OperationOutcome, { readonly outcome: "wait" }>;
const MADE = {
  outcome: "done",
  object: { apiVersion: "batch/v1", kind: "Job", namespace: "data", name: "backup-x", uid: "u" },
} as const satisfies Ended;
const FAILED = {
  outcome: "failed",
  code: "Invalid",
  message: "metadata.name: no",
} as const satisfies Ended;

/** Runs a plan to its end; `outcomes` are those of the steps in the order in which they are run. */
function play(status: RecordStatus, operations: readonly WriteOperation[], outcomes: Ended[]) {
  const run: string[] = [];
  for (const outcome of outcomes) {
    const next = planNextStep(status, operations, "enforce");
    if (next.outcome === "finished") throw new Error("finished early");
    run.push(
      next.problem === undefined
        ? next.operation.name
        : `${next.operation.name}: ${next.problem.code}`,
    );
    status = toStepEnded(toStarted(status, next.index, NOW), next.index, outcome, NOW);
  }
  return { run, status, next: planNextStep(status, operations, "enforce") };
}

describe("the steps of a record", () => {
  it("run in order, and the outcome names what was created", () => {
    const { run, next, status } = play(PLANNED, OPERATIONS, [MADE, { outcome: "done" }]);
    expect(run).toEqual(["create", "alert"]);
    expect(next).toEqual({
      outcome: "finished",
      end: { phase: "Succeeded", reason: "Remediated", message: "created Job data/backup-x" },
    });
    expect(status.steps?.map(({ state }) => state)).toEqual(["done", "done"]);
  });

  it("say of a change what the API server has stored instead", () => {
    const { target } = CREATE;
    const changes = [{ path: ["spec", "parallelism"], from: 1, to: 500 }];
    const patch = { type: "patch", name: "patch", target, uid: "u", changes } as const;
    const planned = withPlan(PLANNED, planOf([{ outcome: "operations", operations: [patch] }]));
    const message = "the API server stored spec.parallelism 100, not 500";
    const { next } = play(planned, [patch], [{ ...MADE, message }]);
    expect(next).toMatchObject({
      end: { message: `changed Job data/backup-x: spec.parallelism 1 -> 500 (${message})` },
    });
  });

  it("run again if they were started and have not ended", () => {
    const started = toStarted(PLANNED, 0, NOW);
    expect(planNextStep(started, OPERATIONS, "enforce")).toMatchObject({
      outcome: "run",
      index: 0,
    });
    expect(toStarted(started, 0, "2026-03-01T11:00:00.000Z").steps?.[0]?.startedAt).toBe(NOW);
  });

  it("write nothing after one has failed, but report the failure", () => {
    const operations = [CREATE, { ...CREATE, name: "create-2" }, toAlert("done")];
    const planned = withPlan(PLANNED, planOf([{ outcome: "operations", operations }]));
    const { run, next, status } = play(planned, operations, [FAILED, { outcome: "done" }]);
    expect(run).toEqual(["create", "alert: Invalid"]);
    expect(next).toEqual({
      outcome: "finished",
      end: { phase: "Failed", reason: "Invalid", message: "metadata.name: no" },
    });
    expect(status.steps?.map(({ state }) => state)).toEqual(["failed", "planned", "done"]);
  });

  it("end well if a verification has no answer: the escalation does not run, and the alert says that it is unknown", () => {
    const verify: WriteOperation = {
      type: "verify",
      name: "verify",
      expression: "true",
      withinMs: 1,
      target: CREATE.target,
      madeBy: "create",
    };
    const escalation: WriteOperation = { ...CREATE, name: "create-stage-1", stage: 1 };
    const operations = [CREATE, verify, escalation, toAlert("done")];
    const planned = withPlan({ phase: "Running" }, { operations });
    const message = "Job backup-x was gone before it was seen to fulfil `true`";
    const unknown: Ended = { outcome: "done", code: "VerifyUnknown", message };
    const { run, next } = play(planned, operations, [MADE, unknown, { outcome: "done" }]);
    expect(run).toEqual(["create", "verify", "alert: VerifyUnknown"]);
    expect(next).toEqual({
      outcome: "finished",
      end: {
        phase: "Succeeded",
        reason: "VerifyUnknown",
        message: `created Job data/backup-x; whether it succeeded is unknown: ${message}`,
      },
    });
  });

  it("report the problem of the plan, and end in its phase", () => {
    const problem = { phase: "Refused", code: "Suspended", message: "it is suspended" } as const;
    const alerts = [toAlert("sorry")];
    const planned = withPlan(
      PLANNED,
      planOf([
        { outcome: "operations", operations: alerts },
        { outcome: "problem", problem },
      ]),
    );
    const { run, next } = play(planned, alerts, [{ outcome: "done" }]);
    expect(run).toEqual(["alert: Suspended"]);
    expect(next).toMatchObject({ end: { phase: "Refused", reason: "Suspended" } });
  });

  it("report an alert that could not be sent, but not instead of the problem itself", () => {
    const unsent = play(PLANNED, OPERATIONS, [MADE, { ...FAILED, code: "MessageRefused" }]);
    expect(unsent.next).toMatchObject({ end: { phase: "Failed", reason: "MessageRefused" } });
    const both = play(PLANNED, OPERATIONS, [FAILED, { ...FAILED, code: "MessageRefused" }]);
    expect(both.next).toMatchObject({ end: { phase: "Failed", reason: "Invalid" } });
  });

  it("report a failed step without code and message by its name", () => {
    const steps = [{ name: "create", state: "failed" } as const];
    expect(planNextStep({ ...PLANNED, steps }, [CREATE], "enforce")).toEqual({
      outcome: "finished",
      end: { phase: "Failed", reason: "Failed", message: "step create failed" },
    });
  });

  it("name a cluster-scoped object without a namespace, and several objects in order", () => {
    const node: Ended = {
      outcome: "done",
      object: { apiVersion: "v1", kind: "Node", namespace: null, name: "n" },
    };
    const operations = [CREATE, { ...CREATE, name: "create-2" }];
    const planned = withPlan(PLANNED, planOf([{ outcome: "operations", operations }]));
    const { next } = play(planned, operations, [node, MADE]);
    expect(next).toMatchObject({ end: { message: "created Node n, Job data/backup-x" } });
  });

  it("name what each patch changed, and do not list patches as one", () => {
    const target = { ...CREATE.target, name: "a" };
    const patch: WriteOperation = {
      type: "patch",
      name: "patch",
      target,
      uid: "u",
      changes: [{ path: ["spec", "suspend"], to: true }],
    };
    const operations = [patch, { ...patch, name: "patch-2", target: { ...target, name: "b" } }];
    const planned = withPlan(PLANNED, planOf([{ outcome: "operations", operations }]));
    const toPatched = (name: string): Ended => ({
      outcome: "done",
      object: { ...MADE.object, name },
    });
    const { next } = play(planned, operations, [toPatched("a"), toPatched("b")]);
    expect(next).toMatchObject({
      end: {
        message:
          "changed Job data/a: spec.suspend (none) -> true, changed Job data/b: spec.suspend (none) -> true",
      },
    });
  });

  it("are saved with their times, code, message and object", () => {
    const started = toStarted(PLANNED, 0, NOW);
    const done = toStepEnded(started, 0, { ...MADE, message: "it existed" }, LATER);
    expect(done.steps?.[0]).toEqual({
      name: "create",
      state: "done",
      startedAt: NOW,
      endedAt: LATER,
      object: MADE.object,
      message: "it existed",
    });
    expect(toStepEnded(started, 0, FAILED, LATER).steps?.[0]).toEqual({
      name: "create",
      state: "failed",
      startedAt: NOW,
      endedAt: LATER,
      code: "Invalid",
      message: "metadata.name: no",
    });
    expect(toStepEnded(started, 0, { outcome: "done" }, LATER).steps).toEqual([
      { name: "create", state: "done", startedAt: NOW, endedAt: LATER },
      { name: "alert", state: "planned" },
    ]);
  });

  it("of alerts alone end with whom they alerted, each once", () => {
    const alert = OPERATIONS.find(({ type }) => type === "alert");
    if (alert === undefined) throw new Error("there is no alert");
    const operations = [alert, { ...alert, name: "alert-2" }];
    const steps = operations.map(({ name }) => ({ name, state: "done" as const }));
    expect(planNextStep({ phase: "Running", steps }, operations, "enforce")).toMatchObject({
      end: {
        phase: "Succeeded",
        reason: "Alerted",
        message: "alerted team; there was nothing else to do",
      },
    });
  });

  it("that found nothing to write end with nothing to do, or with whom they alerted, in the order of the alerts", () => {
    const idle = play(PLANNED, OPERATIONS.slice(0, 1), [{ outcome: "done" }]);
    expect(idle.next).toMatchObject({
      end: { phase: "Succeeded", reason: "NothingToDo", message: "there was nothing to do" },
    });
    const operations = [
      CREATE,
      toAlert("done"),
      { ...toAlert("done"), name: "alert-2", to: "boss" },
    ];
    const planned = withPlan(PLANNED, planOf([{ outcome: "operations", operations }]));
    const done = { outcome: "done" } as const;
    expect(play(planned, operations, [done, done, done]).next).toMatchObject({
      end: { reason: "Alerted", message: "alerted team, boss; there was nothing else to do" },
    });
  });

  it("end a dry run in phase DryRun, and an empty plan with nothing to do", () => {
    const { status } = play(PLANNED, OPERATIONS, [MADE, { outcome: "done" }]);
    expect(planNextStep(status, OPERATIONS, "dryRun")).toMatchObject({
      end: { phase: "DryRun", message: "would create Job data/backup-x" },
    });
    expect(planNextStep({ phase: "Running" }, [], "enforce")).toMatchObject({
      end: { phase: "Succeeded", reason: "NothingToDo", message: "there was nothing to do" },
    });
    expect(planNextStep({ phase: "Running" }, [], "dryRun")).toMatchObject({
      end: { phase: "DryRun", reason: "WouldRemediate", message: "nothing would be done" },
    });
  });

  it("say why there is nothing to do", () => {
    const plan = planOf([
      { outcome: "done", message: "web is so already" },
      { outcome: "done", message: "db is so already" },
    ]);
    const status = { phase: "Running" as const, plan };
    expect(planNextStep(status, [], "enforce")).toMatchObject({
      end: { message: "there was nothing to do: web is so already; db is so already" },
    });
    expect(planNextStep(status, [], "dryRun")).toMatchObject({
      end: { message: "nothing would be done: web is so already; db is so already" },
    });
  });

  it.each([
    ["2026-03-01T09:59:59.000Z", "0ms"],
    ["2026-03-01T09:59:58.000Z", "0ms"],
    ["2026-03-01T09:59:59.312Z", "312ms"],
    ["2026-03-01T09:59:59.999Z", "999ms"],
    ["2026-03-01T10:00:00.000Z", "1.0s"],
    ["2026-03-01T10:00:59.000Z", "1m"],
    ["2026-03-01T10:00:03.140Z", "4.1s"],
    ["2026-03-01T10:59:59.000Z", "1h0m"],
    ["2026-03-01T10:11:59.000Z", "12m"],
  ])("end at %s after %s, without a holder", (now, took) => {
    const waited = { ...PLANNED, wakeAt: NOW };
    const ended = toEnded(waited, { phase: "Failed", reason: "Invalid", message: "no" }, now);
    expect(ended).toMatchObject({ phase: "Failed", reason: "Invalid", endedAt: now, took });
    expect(ended).not.toHaveProperty("wakeAt");
    expect(ended).not.toHaveProperty("holder");
    expect(ended).not.toHaveProperty("holdUntil");
  });
});

describe("the stages of onFailure", () => {
  const stages = createPlan({
    actions: [{ outcome: "operations", operations: [CREATE] }],
    trigger: toRecord().spec.trigger,
  });
  const later = [1, 2].map((stage) => ({ ...CREATE, name: `create-stage-${stage}`, stage }));
  const operations = [...stages.operations, ...later, toAlert("done")];
  const planned = withPlan(PLANNED, { operations });

  it("run one after the other, each only if the one before failed", () => {
    const { run, next } = play(planned, operations, [FAILED, MADE, { outcome: "done" }]);
    // The alert says what has failed.
    expect(run).toEqual(["create", "create-stage-1", "alert: Invalid"]);
    expect(next).toMatchObject({
      end: {
        phase: "Succeeded",
        reason: "Remediated",
        message: "created Job data/backup-x, after create failed: metadata.name: no",
      },
    });
  });

  it("do not run because an alert could not be sent", () => {
    const unsent: Ended = { ...FAILED, code: "MessageRefused" };
    const { run, next } = play(planned, operations, [MADE, unsent]);
    expect(run).toEqual(["create", "alert"]);
    expect(next).toMatchObject({ end: { phase: "Failed", reason: "MessageRefused" } });
  });

  it("end with the last failure, followed by those before it", () => {
    const last = { ...FAILED, code: "Forbidden", message: "no right" } as const;
    const { run, next } = play(planned, operations, [FAILED, FAILED, last, { outcome: "done" }]);
    expect(run).toEqual(["create", "create-stage-1", "create-stage-2", "alert: Forbidden"]);
    expect(next).toMatchObject({
      end: {
        phase: "Failed",
        reason: "Forbidden",
        message:
          "no right; before that, create failed: metadata.name: no; create-stage-1 failed: metadata.name: no",
      },
    });
  });

  it("run in the order of their numbers, whatever the order of the operations", () => {
    const reversed = operations.toReversed();
    const { run } = play(withPlan(PLANNED, { operations: reversed }), reversed, []);
    expect(run).toEqual([]);
    const steps = reversed.map(({ name }) => ({ name, state: "done" as const }));
    const open = steps.map((step) =>
      step.name === "create" ? { ...step, state: "planned" as const } : step,
    );
    expect(planNextStep({ ...PLANNED, steps: open }, reversed, "enforce")).toMatchObject({
      outcome: "run",
      operation: { name: "create" },
    });
  });
});
