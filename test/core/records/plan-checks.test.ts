import { describe, expect, it } from "vitest";
import type { DeleteOperation, PatchOperation } from "../../../core/operations/operation.ts";
import { createPlan, parsePlan, withPlan } from "../../../core/records/plan.ts";
import { CREATE, toAlert } from "./operations.ts";
import { toRecord } from "./record.ts";

const { trigger } = toRecord().spec;
const PATCH: PatchOperation = {
  type: "patch",
  name: "patch",
  target: { ...CREATE.target, name: "other" },
  uid: "other-uid",
  changes: [{ path: ["spec", "list", { name: "a" }, "x"], from: [1], to: { y: true } }],
};
const DELETE: DeleteOperation = {
  type: "delete",
  name: "deleteObject",
  target: PATCH.target,
  uid: "other-uid",
  propagationPolicy: "Background",
};
const COMPLETE = { expression: "complete", withinMs: 1_000 };
const GONE = { gone: true, withinMs: 2_000 } as const;

describe("verify without an expression", () => {
  it("follows the writes with the check of each action that has one", () => {
    const plan = createPlan({
      actions: [
        { outcome: "operations", operations: [CREATE], check: COMPLETE },
        { outcome: "operations", operations: [PATCH] },
        { outcome: "operations", operations: [toAlert("x")] },
        { outcome: "operations", operations: [DELETE], check: GONE },
      ],
      verify: {},
      trigger,
    });
    const check = { type: "verify", name: "verify", target: CREATE.target };
    const gone = { type: "verify", target: DELETE.target, uid: "other-uid", ...GONE };
    expect(plan.operations).toEqual([
      CREATE,
      PATCH,
      DELETE,
      { ...check, ...COMPLETE, madeBy: "create" },
      { ...gone, name: "verify-2" },
      toAlert("x"),
    ]);
  });

  it("has the rule's time, if the rule says one", () => {
    const actions = [{ outcome: "operations", operations: [DELETE], check: GONE }] as const;
    const { operations } = createPlan({ actions, verify: { withinMs: 7 }, trigger });
    expect(operations.at(-1)).toMatchObject({ type: "verify", gone: true, withinMs: 7 });
  });

  it("of a rule that does not verify is not there", () => {
    const actions = [{ outcome: "operations", operations: [DELETE], check: GONE }] as const;
    expect(createPlan({ actions, trigger }).operations).toEqual([DELETE]);
  });
});

it("verify with an expression is about the object that was changed", () => {
  const actions = [{ outcome: "operations", operations: [PATCH] }] as const;
  const { operations } = createPlan({ actions, verify: COMPLETE, trigger });
  expect(operations.at(-1)).toMatchObject({ ...COMPLETE, target: PATCH.target, uid: PATCH.uid });
});

it("a stored plan with changes and deletions is read back", () => {
  const actions = [{ outcome: "operations", operations: [PATCH, DELETE], check: GONE }] as const;
  const plan = createPlan({ actions, verify: {}, trigger });
  const stored = JSON.parse(JSON.stringify(withPlan({ phase: "Running" }, plan))) as {
    readonly phase: "Running";
  };
  expect(parsePlan(stored)).toEqual({ ok: true, value: plan.operations });
});
