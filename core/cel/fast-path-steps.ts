import { isRawInteger } from "../../events/json.ts";
import { toConstantText, type Expr } from "./tree.ts";

/** A field that does not exist. In the library this is an error, and `||` and `&&` treat it as one. */
export type Absent = { readonly path: string };

/** The fast path does not decide this: the library does. */
export const UNDECIDED: unique symbol = Symbol("undecided");

/**
 * So far below the budget of the library (meter.ts) that an expression that is decided here would never exceed that budget,
 * although one of our steps may cost the library several of its own.
 */
const MAX_STEPS = 50_000;
export const CHARACTERS_A_STEP = 32;
const SHORT_NEEDLE = 250;

export type Frame = { readonly roots: Roots; readonly items: unknown[]; steps: number };
export type Roots = Readonly<Partial<Record<(typeof ROOTS)[number], unknown>>>;
export const ROOTS = ["object", "change", "references", "cluster"] as const;

/** JSON, Absent or UNDECIDED. */
export type Step = (frame: Frame) => unknown;

export class AbsentField implements Absent {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
}

export function isAbsent(value: unknown): value is Absent {
  return value instanceof AbsentField;
}

/** Whether a value is an object with this field. */
export function hasField<Key extends string>(
  value: unknown,
  key: Key,
): value is Readonly<Record<Key, unknown>> {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return false;
  // An integer beyond 2^53 has one field of its own, `rawJSON`, so most fields need not ask whether it is one.
  return !Array.isArray(value) && (key !== "rawJSON" || !isRawInteger(value));
}

/** Whether a value, of which AbsentField was ruled out, is an object at all. */
export function isFields(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !isRawInteger(value)
  );
}

/** Charges steps; true if the budget is exceeded. */
export function spend(frame: Frame, steps: number): boolean {
  frame.steps += steps;
  return frame.steps > MAX_STEPS;
}

/** `&&` is decided by a false, `||` by a true, whatever the other side is; else a missing field decides. */
export function toJunction(left: Step, right: Step, decisive: boolean): Step {
  return (frame) => {
    const first = left(frame);
    if (first === decisive) return decisive;
    if (!isTruth(first)) return UNDECIDED;
    const second = right(frame);
    if (second === decisive) return decisive;
    if (!isTruth(second)) return UNDECIDED;
    return first === !decisive ? second : first;
  };
}

export function isTruth(value: unknown): boolean {
  return typeof value === "boolean" || value instanceof AbsentField;
}

export function negate(value: unknown): unknown {
  if (typeof value === "boolean") return !value;
  return value instanceof AbsentField ? value : UNDECIDED;
}

export function toEquality(left: Step, right: Step, expected: boolean): Step {
  return (frame) => {
    const first = left(frame);
    if (first instanceof AbsentField) return first;
    const second = right(frame);
    if (second instanceof AbsentField) return first === UNDECIDED ? first : second;
    if (typeof first !== typeof second) return UNDECIDED;
    if (typeof first === "string") {
      if (spend(frame, 1 + (first.length + String(second).length) / CHARACTERS_A_STEP)) {
        return UNDECIDED;
      }
    } else if (typeof first !== "boolean" && typeof first !== "number") return UNDECIDED;
    return (first === second) === expected;
  };
}

const ORDERS: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  "_<_": (left, right) => left < right,
  "_<=_": (left, right) => left <= right,
  "_>_": (left, right) => left > right,
  "_>=_": (left, right) => left >= right,
};

export function toOrder(left: Step, right: Step, name: string): Step | undefined {
  const compare = ORDERS[name];
  if (compare === undefined) return undefined;
  return (frame) => {
    const first = left(frame);
    if (first instanceof AbsentField) return first;
    const second = right(frame);
    if (!Number.isSafeInteger(first)) return UNDECIDED;
    if (second instanceof AbsentField) return second;
    if (!Number.isSafeInteger(second)) return UNDECIDED;
    return compare(first as number, second as number);
  };
}

export function toTextTest(
  text: Step,
  argument: Expr | undefined,
  name: "startsWith" | "endsWith" | "contains",
): Step | undefined {
  const part = toConstantText(argument);
  if (part === undefined || part.length > SHORT_NEEDLE) return undefined;
  return (frame) => {
    const value = text(frame);
    if (value instanceof AbsentField) return value;
    if (typeof value !== "string") return UNDECIDED;
    if (spend(frame, 1 + (value.length + part.length) / CHARACTERS_A_STEP)) return UNDECIDED;
    if (name === "contains") return value.includes(part);
    return name === "startsWith" ? value.startsWith(part) : value.endsWith(part);
  };
}
