import { describe, expect, it } from "vitest";
import type { WriteOperation } from "../../../core/operations/operation.ts";
import { createPlan, parsePlan, withPlan } from "../../../core/records/plan.ts";
import { CREATE, planOf, toAlert } from "./operations.ts";
import { toRecord } from "./record.ts";

const operations = (...list: WriteOperation[]) =>
  ({ outcome: "operations", operations: list }) as const;
const PROBLEM = { phase: "Refused", code: "Suspended", message: "it is suspended" } as const;

describe("createPlan", () => {
  it("keeps the rule's order, with alerts last", () => {
    const plan = planOf([
      operations(toAlert("first")),
      operations(CREATE),
      operations(toAlert("last")),
    ]);
    expect(plan.operations).toEqual([
      CREATE,
      toAlert("first"),
      { ...toAlert("last"), name: "alert-2" },
    ]);
    expect(plan).not.toHaveProperty("problem");
  });

  it("writes nothing if one action cannot be done, and reports the problem", () => {
    const plan = planOf([
      operations(CREATE),
      { outcome: "problem", problem: PROBLEM },
      operations(toAlert("sorry")),
    ]);
    expect(plan).toEqual({ operations: [toAlert("sorry")], problem: PROBLEM });
  });

  it("may have no operations", () => {
    expect(planOf([{ outcome: "done", message: "it is so already" }])).toEqual({
      notes: ["it is so already"],
      operations: [],
    });
  });
});

describe("a plan with onFailure and verify", () => {
  const verify = { expression: "object.ok", withinMs: 1_000 };
  const { trigger } = toRecord().spec;
  const second = { ...CREATE, target: { ...CREATE.target, name: "second" } };
  const rule = {
    onFailure: [
      { action: "uncordon", parameters: { target: "trigger" } },
      { action: "label", parameters: {} },
    ],
    reach: ["data"],
    whereTarget: "true",
    verify,
    giveUpAfterMs: 5,
  };

  it("has a step for each action of onFailure, with all that the rule says about it", () => {
    const actions = [operations(CREATE, second, toAlert("done"))];
    const plan = createPlan({ actions, rule, verify, trigger });
    const check = { type: "verify", ...verify };
    const { onFailure: _actions, ...said } = rule;
    expect(plan.operations).toEqual([
      CREATE,
      { ...second, name: "create-2" },
      { ...check, name: "verify", target: second.target, madeBy: "create-2" },
      { type: "onFailure", name: "uncordon-stage-1", ...rule.onFailure[0], ...said, stage: 1 },
      { type: "onFailure", name: "label-stage-2", ...rule.onFailure[1], ...said, stage: 2 },
      toAlert("done"),
    ]);
    expect(parsePlan(withPlan({ phase: "Running" }, plan)).ok).toBe(true);
  });

  it("verifies the trigger if nothing is created", () => {
    const plan = createPlan({ actions: [operations()], verify, trigger });
    const { group, version, resource, kind, namespace, name, uid } = trigger;
    const target = { group, version, resource, kind, namespace, name };
    expect(plan.operations).toEqual([{ type: "verify", name: "verify", ...verify, target, uid }]);
  });

  it("verifies the object that was changed last, whatever alerts follow", () => {
    const patch = {
      type: "patch",
      name: "patch",
      target: { ...CREATE.target, name: "changed" },
      uid: "changed-uid",
      changes: [{ path: ["spec", "suspend"], to: true }],
    } as const;
    const plan = createPlan({
      actions: [operations(patch, toAlert("done"))],
      verify,
      trigger,
    });
    expect(plan.operations[1]).toEqual({
      type: "verify",
      name: "verify",
      ...verify,
      target: patch.target,
      uid: "changed-uid",
    });
  });

  it("has no step for onFailure if nothing of then can fail", () => {
    const actions = [
      { outcome: "done", message: "it is so already" },
      operations(toAlert("x")),
    ] as const;
    expect(createPlan({ actions, rule, trigger }).operations).toEqual([toAlert("x")]);
  });
});

describe("a stored plan", () => {
  const stored = withPlan({ phase: "Running" }, planOf([operations(CREATE, toAlert("done"))]));

  it("is read back as it was written", () => {
    expect(stored.steps).toEqual([
      { name: "create", state: "planned" },
      { name: "alert", state: "planned" },
    ]);
    expect(parsePlan(JSON.parse(JSON.stringify(stored)))).toEqual({
      ok: true,
      value: [CREATE, toAlert("done")],
    });
  });

  it.each([
    [
      "an operation of an unknown type",
      { ...stored, plan: { operations: [{ type: "exec", name: "create" }] } },
    ],
    [
      "a field that this version does not know",
      { ...stored, plan: { operations: [{ ...CREATE, force: true }, toAlert("done")] } },
    ],
    ["other steps than operations", { ...stored, steps: [] }],
    ["no plan", { phase: "Running" as const }],
  ])("is refused with %s", (_what, status) => {
    expect(parsePlan(status).ok).toBe(false);
  });
});
