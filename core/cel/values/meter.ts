/**
 * Most steps of one evaluation. A step is at most about 0.2 µs, so this is at most about a fifth of a second on a Lambda function
 * with one core. Two nested macros over 200 items each, with a test of two comparisons, need 700,000.
 */
export const MAX_STEPS = 1_000_000;

/**
 * Most steps of all evaluations for one message: of the conditions, keys and alerts of all rules on one object. About a second with one core.
 */
export const MAX_MESSAGE_STEPS = 5_000_000;

export const SPENT_MESSAGE: string = `it needs more than ${MAX_STEPS.toLocaleString("en")} steps on this object: compare fewer items, or shorter texts`;
export const MESSAGE_SPENT_MESSAGE: string = `all rules together need more than ${MAX_MESSAGE_STEPS.toLocaleString("en")} steps on this object: compare fewer items, or shorter texts`;

/** Characters that are compared, copied or counted in one step. */
const CHARACTERS_A_STEP = 32;

/** A budget that several evaluations share. */
export type Budget = {
  /** The steps that are left. */
  readonly left: () => number;
  /** Whether an evaluation was ended because none were left: then its answer depends on the budget. */
  readonly isSpent: () => boolean;
  /** Takes the steps of an evaluation; `isOver`: it needed more. */
  readonly take: (steps: number, isOver: boolean) => void;
};

export function createBudget(steps: number): Budget {
  let left = steps;
  let isSpent = false;
  return {
    left: () => left,
    isSpent: () => isSpent,
    take(taken, isOver) {
      left -= taken;
      isSpent ||= isOver;
    },
  };
}

/**
 * The steps of the current evaluation. An evaluation is synchronous and never starts another, so there is only one at a time, and
 * functions need not know which one calls them.
 */
let steps = 0;
let limit = MAX_STEPS;
/** That of the evaluations inside `withBudget`; undefined: each has only its own. */
let shared: Budget | undefined;

/** Thrown by `charge`. Nothing inside an evaluation catches it, so `||` cannot swallow it as it does an error of the expression. */
export class BudgetError extends Error {}

/** Charges for work before it is done. Throws a BudgetError if the budget is exceeded. */
export function charge(cost: number): void {
  // Whole, because a number with a fraction is stored more slowly.
  steps += Math.ceil(cost);
  if (steps > limit)
    throw new BudgetError(limit < MAX_STEPS ? MESSAGE_SPENT_MESSAGE : SPENT_MESSAGE);
}

/** Charges for this many characters. */
export function chargeText(characters: number): void {
  charge(characters / CHARACTERS_A_STEP);
}

/** Begins an evaluation with a budget of its own. */
export function beginMeter(): void {
  steps = 0;
  limit = MAX_STEPS;
}

/** Runs an evaluation with a budget of its own, which is not more than what is left of the shared one. Its steps are taken from that. */
export function metered<T>(evaluate: () => T): T {
  steps = 0;
  limit = shared === undefined ? MAX_STEPS : Math.min(MAX_STEPS, shared.left());
  try {
    return evaluate();
  } finally {
    shared?.take(Math.min(steps, limit), steps > limit && limit < MAX_STEPS);
  }
}

/** Runs work, which must be synchronous, whose evaluations share a budget. */
export function withBudget<T>(budget: Budget, work: () => T): T {
  const outer = shared;
  shared = budget;
  try {
    return work();
  } finally {
    shared = outer;
  }
}
