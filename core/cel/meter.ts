/**
 * Most steps of one evaluation: a step is about 0.2 µs, so this is about a fifth of a second on a Lambda of one core.
 * Two nested macros over 200 items each, with a test of two comparisons, need 700,000.
 */
export const MAX_STEPS = 1_000_000;

export const SPENT_MESSAGE: string = `it needs more than ${MAX_STEPS.toLocaleString("en")} steps on this object: compare fewer items, or shorter texts`;

type Meter = { steps: number };

/**
 * The evaluation that runs now. The library's functions know nothing of who calls them, and an evaluation is synchronous
 * and never starts another, so there is one at a time.
 */
let current: Meter = { steps: 0 };

/**
 * Pays for work, before it is done. Throws where the budget is spent; the library turns what a function throws into a value
 * that `||` may swallow, so `withMeter` tells it once more at the end, and every later charge throws again.
 */
export function charge(steps: number): void {
  current.steps += steps;
  if (current.steps > MAX_STEPS) throw new RangeError(SPENT_MESSAGE);
}

/** Runs one evaluation on a budget of its own. `spent`: its answer does not count. */
export function withMeter<T>(run: () => T): { readonly value: T; readonly spent: boolean } {
  const meter: Meter = { steps: 0 };
  current = meter;
  const { stackTraceLimit } = Error;
  // An absent field is an Error object in the library, and its stack trace, which nobody reads, is most of the cost.
  Error.stackTraceLimit = 0;
  try {
    const value = run();
    return { value, spent: meter.steps > MAX_STEPS };
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
