/**
 * Most steps of one evaluation. A step is about 0.2 µs, so this is about a fifth of a second on a Lambda function with one core.
 * Two nested macros over 200 items each, with a test of two comparisons, need 700,000.
 */
export const MAX_STEPS = 1_000_000;

export const SPENT_MESSAGE: string = `it needs more than ${MAX_STEPS.toLocaleString("en")} steps on this object: compare fewer items, or shorter texts`;

type Meter = { steps: number };

/**
 * The meter of the current evaluation. The functions of the library do not know which evaluation calls them, but an evaluation
 * is synchronous and never starts another, so there is only one at a time.
 */
let current: Meter = { steps: 0 };

/**
 * Charges for work before it is done. Throws if the budget is exceeded. As the library turns what a function throws into a value,
 * which `||` may swallow, every later charge throws again, and `withMeter` reports it at the end.
 */
export function charge(steps: number): void {
  current.steps += steps;
  if (current.steps > MAX_STEPS) throw new RangeError(SPENT_MESSAGE);
}

/** Runs one evaluation with its own budget. If `spent`, the budget was exceeded and the value must not be used. */
export function withMeter<T>(run: () => T): { readonly value: T; readonly spent: boolean } {
  const meter: Meter = { steps: 0 };
  current = meter;
  const { stackTraceLimit } = Error;
  // In the library an absent field is an Error object, whose stack trace nobody reads but which is most of the cost.
  Error.stackTraceLimit = 0;
  try {
    const value = run();
    return { value, spent: meter.steps > MAX_STEPS };
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
