/**
 * Most steps of one evaluation. A step is at most about 0.2 µs, so this is at most about a fifth of a second on a Lambda function
 * with one core. Two nested macros over 200 items each, with a test of two comparisons, need 700,000.
 */
export const MAX_STEPS = 1_000_000;

export const SPENT_MESSAGE: string = `it needs more than ${MAX_STEPS.toLocaleString("en")} steps on this object: compare fewer items, or shorter texts`;

/** Characters that are compared, copied or counted in one step. */
const CHARACTERS_A_STEP = 32;

/**
 * The steps of the current evaluation. An evaluation is synchronous and never starts another, so there is only one at a time, and
 * functions need not know which one calls them.
 */
let steps = 0;

/** Thrown by `charge`. Nothing inside an evaluation catches it, so `||` cannot swallow it as it does an error of the expression. */
export class BudgetError extends Error {}

/** Charges for work before it is done. Throws a BudgetError if the budget is exceeded. */
export function charge(cost: number): void {
  // Whole, because a number with a fraction is stored more slowly.
  steps += Math.ceil(cost);
  if (steps > MAX_STEPS) throw new BudgetError(SPENT_MESSAGE);
}

/** Charges for this many characters. */
export function chargeText(characters: number): void {
  charge(characters / CHARACTERS_A_STEP);
}

/** Begins an evaluation with a budget of its own. */
export function beginMeter(): void {
  steps = 0;
}
