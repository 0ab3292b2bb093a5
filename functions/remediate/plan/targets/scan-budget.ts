import { setImmediate } from "node:timers/promises";
import { createBudget, withBudget, type Budget } from "../../../../core/cel/values/meter.ts";

/** Most steps of CEL to find the targets among the objects of all collections of an action: about five seconds with one core. */
export const MAX_SCAN_STEPS = 25_000_000;
/** Of the steps that are left, a namespace gets this part if there are several, so that expensive objects of one stop no other one. */
const SHARE = 1 / 4;
/** After so many steps, other messages of the batch have a turn: about 40 ms. */
const TURN_STEPS = 200_000;

/** What all evaluations of a search may cost, and each namespace's part of it. */
export type ScanBudget = {
  /** Runs an evaluation about an object of this namespace. `isSpent`: its namespace has no steps left for it. */
  readonly run: <T>(
    namespace: string,
    work: () => T,
  ) => { readonly value: T; readonly isSpent: boolean };
  /** Lets others have their turn, if there was enough work. */
  readonly pause: () => Promise<void>;
};

export function createScanBudget(isShared: boolean): ScanBudget {
  const budgets = new Map<string, Budget>();
  let [left, sinceTurn] = [MAX_SCAN_STEPS, 0];
  const toBudget = (namespace: string): Budget => {
    const known = budgets.get(namespace);
    if (known !== undefined) return known;
    const budget = createBudget(isShared ? Math.floor(left * SHARE) : left);
    budgets.set(namespace, budget);
    return budget;
  };
  return {
    run(namespace, work) {
      const budget = toBudget(namespace);
      const before = budget.left();
      const value = withBudget(budget, work);
      const taken = before - budget.left();
      left -= taken;
      sinceTurn += taken;
      return { value, isSpent: budget.isSpent() };
    },
    async pause() {
      if (sinceTurn < TURN_STEPS) return;
      sinceTurn = 0;
      await setImmediate();
    },
  };
}
