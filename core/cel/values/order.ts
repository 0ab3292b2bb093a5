import { chargeText } from "./meter.ts";
import { Duration, Timestamp } from "./time.ts";
import { Double, isInt, Uint, type Value } from "./value.ts";

/**
 * Negative, zero or positive; NaN if one of them is NaN, which is neither less nor greater; undefined if two values of these types
 * have no order. Ints, uints and doubles are ordered by their value.
 */
export function compare(left: Value, right: Value): number | undefined {
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (typeof left === "string" && typeof right === "string") return compareText(left, right);
  const numbers = compareNumbers(left, right);
  if (numbers !== undefined) return numbers;
  if (typeof left === "boolean" && typeof right === "boolean") return Number(left) - Number(right);
  if (left instanceof Timestamp && right instanceof Timestamp) return sign(left.nanos, right.nanos);
  if (left instanceof Duration && right instanceof Duration) return sign(left.nanos, right.nanos);
  if (left instanceof Uint8Array && right instanceof Uint8Array) {
    chargeText(Math.min(left.length, right.length));
    return Buffer.compare(left, right);
  }
  return undefined;
}

/** The same for numbers only. As in Kubernetes, an int is compared with a double as a double. */
export function compareNumbers(left: Value, right: Value): number | undefined {
  const first = toComparable(left);
  const second = toComparable(right);
  if (first === undefined || second === undefined) return undefined;
  if (typeof first === "bigint" && typeof second === "bigint") return sign(first, second);
  return toOrder(Number(first), Number(second));
}

function toComparable(value: Value): number | bigint | undefined {
  if (isInt(value)) return BigInt(value);
  if (value instanceof Double) return value.value;
  return value instanceof Uint ? value.value : undefined;
}

/** Two infinities of one sign are equal, although their difference is NaN. */
function toOrder(left: number, right: number): number {
  return left === right ? 0 : left - right;
}

function sign(left: bigint, right: bigint): number {
  return left < right ? -1 : Number(left > right);
}

/** By code points, which is the order of UTF-8 that Go compares. JavaScript compares surrogates lower than U+E000 to U+FFFF. */
export function compareText(left: string, right: string): number {
  chargeText(Math.min(left.length, right.length));
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const first = left.charCodeAt(index);
    const second = right.charCodeAt(index);
    if (first !== second) return toCodePointOrder(first) - toCodePointOrder(second);
  }
  return left.length - right.length;
}

function toCodePointOrder(unit: number): number {
  if (unit >= 0xe0_00) return unit - 0x8_00;
  return unit >= 0xd8_00 ? unit + 0x20_00 : unit;
}
