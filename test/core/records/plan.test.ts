import { describe, expect, it } from "vitest";
import type { WriteOperation } from "../../../core/operations/operation.ts";
import { parsePlan, withPlan } from "../../../core/records/plan.ts";
import { CREATE, planOf, toAlert } from "./operations.ts";

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
      operations: [],
    });
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
