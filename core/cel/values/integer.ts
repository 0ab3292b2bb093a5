import { Failure } from "./failure.ts";

/** Whether an integer fits into the 64 bits of an int. */
export function isInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

export function isUint64(value: bigint): boolean {
  return BigInt.asUintN(64, value) === value;
}

/** An int of CEL: a number if it is safe, else a bigint. */
export function toCanonicalInt(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The int, or the failure that it does not fit into 64 bits. */
export function toInt(value: bigint): number | bigint | Failure {
  return isInt64(value)
    ? toCanonicalInt(value)
    : new Failure("the result does not fit into 64 bits");
}
