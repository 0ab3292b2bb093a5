import { describe, expect, it } from "vitest";
import { charge, metered } from "../../../../../core/cel/values/meter.ts";
import {
  createScanBudget,
  MAX_SCAN_STEPS,
  type ScanBudget,
} from "../../../../../functions/remediate/plan/targets/scan-budget.ts";

const MILLION = 1_000_000;

/** An evaluation of so many steps; whether it was carried out. */
function evaluate(budget: ScanBudget, namespace: string, steps: number): boolean {
  const work = (): boolean => {
    try {
      return metered(() => {
        charge(steps);
        return true;
      });
    } catch {
      return false;
    }
  };
  return budget.run(namespace, work).value;
}

const countEvaluated = (budget: ScanBudget, namespace: string): number => {
  let count = 0;
  while (evaluate(budget, namespace, MILLION)) count += 1;
  return count;
};

describe("the budget of a search for targets", () => {
  it("is for the objects of its namespace, if there is only one", () => {
    expect(countEvaluated(createScanBudget(false), "shop") * MILLION).toBe(MAX_SCAN_STEPS);
  });

  it("is shared by several: the expensive objects of one leave steps for all others", () => {
    const budget = createScanBudget(true);
    const [first, second] = [countEvaluated(budget, "aaa"), countEvaluated(budget, "aab")];
    expect([first, second]).toEqual([6, 4]);
    for (let index = 0; index < 10; index += 1) countEvaluated(budget, `tenant-${index}`);
    expect(evaluate(budget, "shop", 100_000)).toBe(true);
  });

  it("says if a namespace has no steps left", () => {
    const budget = createScanBudget(true);
    expect(budget.run("aaa", () => 1)).toEqual({ value: 1, isSpent: false });
    countEvaluated(budget, "aaa");
    expect(budget.run("aaa", () => 1)).toEqual({ value: 1, isSpent: true });
    expect(budget.run("shop", () => 1)).toEqual({ value: 1, isSpent: false });
  });

  it("lets others have their turn after some work, and not after each object", async () => {
    const budget = createScanBudget(true);
    let turns = 0;
    setImmediate(() => void (turns += 1));
    evaluate(budget, "shop", 1_000);
    await budget.pause();
    expect(turns).toBe(0);
    evaluate(budget, "shop", 300_000);
    await budget.pause();
    expect(turns).toBeGreaterThan(0);
  });
});
