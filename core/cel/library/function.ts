import { Failure } from "../values/failure.ts";
import type { Answer, Value } from "../values/value.ts";

/** A function, or one of several that share a name. */
export type CelFunction = {
  /** The numbers of arguments that it takes; of a method, its target is the first one. */
  readonly counts: readonly number[];
  /** Undefined if it does not take values of these types. Whatever depends on the size of a value is charged inside. */
  readonly run: (...args: Value[]) => Answer | undefined;
};

/** Functions by name: `size`, `sets.contains`; a method's begins with a dot: `.size`. */
export type Library = Readonly<Record<string, CelFunction>>;

export function take(count: number, run: CelFunction["run"]): CelFunction {
  return { counts: [count], run };
}

/** One or two more arguments may follow. */
export function takeFrom(least: number, most: number, run: CelFunction["run"]): CelFunction {
  const counts = Array.from({ length: most - least + 1 }, (_, index) => least + index);
  return { counts, run };
}

/** A method of texts without further arguments. */
export function onText(run: (text: string) => Answer): CelFunction {
  return take(1, (text) => (typeof text === "string" ? run(text) : undefined));
}

export function onList(run: (list: readonly unknown[]) => Answer | undefined): CelFunction {
  return take(1, (list) => (Array.isArray(list) ? run(list as readonly unknown[]) : undefined));
}

export function fail(message: string): Failure {
  return new Failure(message);
}
