import { describe, expect, it } from "vitest";
import type { WriteOperation } from "../../../core/operations/operation.ts";
import { withPlan } from "../../../core/records/plan.ts";
import { planNextStep } from "../../../core/records/next-step.ts";
import { toStarted, type StepOutcome } from "../../../core/records/step-progress.ts";
import { CREATE, planOf, toAlert } from "./operations.ts";
import { FAILED, MADE, NOW, OPERATIONS, play, PLANNED } from "./play-plan.ts";

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
    const unknown: StepOutcome = { outcome: "done", code: "VerifyUnknown", message };
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
    const node: StepOutcome = {
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
    const toPatched = (name: string): StepOutcome => ({
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
});
