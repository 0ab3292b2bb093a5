import { isUint64, toInt } from "../values/integer.ts";
import { charge, chargeText } from "../values/meter.ts";
import { Duration, Timestamp } from "../values/time.ts";
import { Double, isInt, Uint, type Answer, type Value } from "../values/value.ts";
import { toDuration, toTimestamp } from "./conversions.ts";
import { fail } from "./function.ts";

/** An operator on two values; undefined if it does not take values of these types. */
export type Operator = (left: Value, right: Value) => Answer | undefined;

export function add(left: Value, right: Value): Answer | undefined {
  if (typeof left === "string" && typeof right === "string") {
    chargeText(left.length + right.length);
    return left + right;
  }
  const numbers = ADD(left, right);
  if (numbers !== undefined) return numbers;
  if (Array.isArray(left) && Array.isArray(right)) {
    charge(left.length + right.length);
    return [...(left as readonly unknown[]), ...(right as readonly unknown[])];
  }
  if (left instanceof Duration && right instanceof Duration)
    return toDuration(left.nanos + right.nanos);
  if (left instanceof Timestamp && right instanceof Duration) {
    return toTimestamp(left.nanos + right.nanos, left.offset);
  }
  if (left instanceof Duration && right instanceof Timestamp) return add(right, left);
  if (!(left instanceof Uint8Array && right instanceof Uint8Array)) return undefined;
  chargeText(left.length + right.length);
  return new Uint8Array(Buffer.concat([left, right]));
}

export function subtract(left: Value, right: Value): Answer | undefined {
  const numbers = SUBTRACT(left, right);
  if (numbers !== undefined) return numbers;
  if (left instanceof Duration && right instanceof Duration)
    return toDuration(left.nanos - right.nanos);
  if (!(left instanceof Timestamp)) return undefined;
  if (right instanceof Duration) return toTimestamp(left.nanos - right.nanos, left.offset);
  return right instanceof Timestamp ? toDuration(left.nanos - right.nanos) : undefined;
}

const ADD: Operator = onNumbers(
  (a, b) => a + b,
  (a, b) => a + b,
);
const SUBTRACT: Operator = onNumbers(
  (a, b) => a - b,
  (a, b) => a - b,
);
export const multiply: Operator = onNumbers(
  (a, b) => a * b,
  (a, b) => a * b,
);

export const divide: Operator = (left, right) => {
  if (isZero(right)) return sameKind(left, right) ? fail("division by zero") : undefined;
  // An int is divided exactly: without the rest there is no rounding.
  return DIVIDE(left, right);
};
const DIVIDE: Operator = onNumbers(
  (a, b) => a / b,
  (a, b) => a / b,
  (a, b) => (a - (a % b)) / b + 0,
);

const MIN_INT64 = -(2n ** 63n);

export const remainder: Operator = (left, right) => {
  if (left instanceof Double) return undefined;
  if (isZero(right)) return sameKind(left, right) ? fail("division by zero") : undefined;
  // The quotient does not fit, and Kubernetes calculates it.
  if (left === MIN_INT64 && right === -1) return toInt(-MIN_INT64);
  return REMAINDER(left, right);
};
const REMAINDER: Operator = onNumbers(
  (a, b) => (a % b) + 0,
  (a, b) => a % b,
);

export function negate(value: Value): Answer | undefined {
  if (value instanceof Double) return new Double(-value.value);
  if (value instanceof Duration) return toDuration(-value.nanos);
  return isInt(value) ? subtract(0, value) : undefined;
}

function isZero(value: Value): boolean {
  return value === 0 || (value instanceof Uint && value.value === 0n);
}

function sameKind(left: Value, right: Value): boolean {
  return (isInt(left) && isInt(right)) || (left instanceof Uint && right instanceof Uint);
}

/** An operator on two ints, two uints or two doubles. Ints that are not safe are calculated as bigints. */
function onNumbers(
  onDoubles: (a: number, b: number) => number,
  onBigints: (a: bigint, b: bigint) => bigint,
  onSafeInts: (a: number, b: number) => number = onDoubles,
): Operator {
  return (left, right) => {
    if (typeof left === "number" && typeof right === "number") {
      const result = onSafeInts(left, right);
      return Number.isSafeInteger(result)
        ? result + 0
        : toInt(onBigints(BigInt(left), BigInt(right)));
    }
    if (isInt(left) && isInt(right)) return toInt(onBigints(BigInt(left), BigInt(right)));
    if (left instanceof Double && right instanceof Double) {
      return new Double(onDoubles(left.value, right.value));
    }
    if (!(left instanceof Uint && right instanceof Uint)) return undefined;
    const result = onBigints(left.value, right.value);
    return isUint64(result)
      ? new Uint(result)
      : fail("the result does not fit into 64 bits without a sign");
  };
}

/** An operator that takes an int on a side that allows it as a double, if the other side is one. */
export function widen(operator: Operator, onLeft: boolean, onRight: boolean): Operator {
  return (left, right) => {
    if (onLeft && isInt(left) && right instanceof Double) {
      return operator(new Double(Number(left)), right);
    }
    if (onRight && isInt(right) && left instanceof Double) {
      return operator(left, new Double(Number(right)));
    }
    return operator(left, right);
  };
}
