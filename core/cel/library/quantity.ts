import { isInt64, toCanonicalInt } from "../values/integer.ts";
import { charge } from "../values/meter.ts";
import { isInt, Double, Opaque, type Answer, type Value } from "../values/value.ts";
import { quote } from "./conversions.ts";
import { fail, take, type CelFunction, type Library } from "./function.ts";

/** An amount such as `1.5Gi`: exactly `unscaled * 10^exponent`. */
export class Quantity extends Opaque {
  readonly typeName = "kubernetes.Quantity";
  readonly unscaled: bigint;
  readonly exponent: number;
  /**
   * The API server keeps an amount as an int of 64 bits with an exponent, or else with as many digits as it needs. In that form
   * it never is an integer to it, not even `1Pi`.
   */
  readonly isWide: boolean;

  constructor(unscaled: bigint, exponent: number, isWide: boolean) {
    super();
    this.unscaled = unscaled;
    this.exponent = exponent;
    this.isWide = isWide;
  }

  equals(other: Value): boolean {
    return other instanceof Quantity && compareQuantities(this, other) === 0;
  }

  toText(): undefined {
    return undefined;
  }

  /** Undefined if it is not an int to the API server. */
  toInteger(): number | bigint | undefined {
    if (this.isWide || this.exponent < 0) return undefined;
    const integer = this.unscaled * 10n ** BigInt(this.exponent);
    return isInt64(integer) ? toCanonicalInt(integer) : undefined;
  }
}

/** https://github.com/kubernetes/kubernetes/blob/v1.36.3/staging/src/k8s.io/apiserver/pkg/cel/library/quantity.go */
export const QUANTITIES: Library = {
  quantity: take(1, (text) => {
    if (typeof text !== "string") return undefined;
    return parseQuantity(text) ?? fail(`${quote(text)} is not a quantity such as 500m or 1.5Gi`);
  }),
  isQuantity: take(1, (text) =>
    typeof text === "string" ? parseQuantity(text) !== undefined : undefined,
  ),
  sign: onQuantity((quantity) => compareBigints(quantity.unscaled, 0n)),
  ".isInteger": onQuantity((quantity) => quantity.toInteger() !== undefined),
  ".asInteger": onQuantity(
    (quantity) => quantity.toInteger() ?? fail("the quantity is not a whole number"),
  ),
  ".asApproximateFloat": onQuantity(
    ({ unscaled, exponent }) => new Double(Number(unscaled) * Number(`1e${exponent}`)),
  ),
  ".add": combine((left, right) => addQuantities(left, right)),
  ".sub": combine((left, { unscaled, exponent, isWide }) =>
    addQuantities(left, new Quantity(-unscaled, exponent, isWide)),
  ),
  ".isGreaterThan": compareWith((order) => order > 0),
  ".isLessThan": compareWith((order) => order < 0),
  ".compareTo": compareWith((order) => order),
};

function onQuantity(run: (quantity: Quantity) => Answer): CelFunction {
  return take(1, (value) => (value instanceof Quantity ? run(value) : undefined));
}

function combine(run: (left: Quantity, right: Quantity) => Answer): CelFunction {
  return take(2, (left, right) => {
    if (!(left instanceof Quantity)) return undefined;
    if (right instanceof Quantity) return run(left, right);
    return isInt(right) ? run(left, new Quantity(BigInt(right), 0, false)) : undefined;
  });
}

function compareWith(run: (order: number) => Answer): CelFunction {
  return take(2, (left, right) =>
    left instanceof Quantity && right instanceof Quantity
      ? run(compareQuantities(left, right))
      : undefined,
  );
}

function compareQuantities(left: Quantity, right: Quantity): number {
  const [a, b] = align(left, right);
  return compareBigints(a, b);
}

function compareBigints(left: bigint, right: bigint): number {
  return left < right ? -1 : Number(left > right);
}

/** Both amounts as multiples of the smaller power of ten. */
function align(left: Quantity, right: Quantity): readonly [left: bigint, right: bigint] {
  const exponent = Math.min(left.exponent, right.exponent);
  charge(1 + Math.abs(left.exponent - right.exponent) / 4);
  const scale = (quantity: Quantity): bigint =>
    quantity.unscaled * 10n ** BigInt(quantity.exponent - exponent);
  return [scale(left), scale(right)];
}

function addQuantities(left: Quantity, right: Quantity): Quantity {
  if (right.unscaled === 0n) return left;
  if (left.unscaled === 0n) return right;
  const [a, b] = align(left, right);
  const isWide = left.isWide || right.isWide || !isInt64(a) || !isInt64(b) || !isInt64(a + b);
  return new Quantity(a + b, Math.min(left.exponent, right.exponent), isWide);
}

const QUANTITY =
  /^(?<sign>[-+]?)(?<whole>\d*)(?:\.(?<fraction>\d*))?(?<suffix>|[numkMGTPE]|[KMGTPE]i|[eE][-+]?\d{1,3})$/;
const DECIMAL: Readonly<Record<string, number>> = {
  "": 0,
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const MAX_LENGTH = 1_000;
const PARSE_STEPS = 10;
/** So many digits surely fit into 64 bits. */
const SAFE_DIGITS = 18;
const LARGEST = 2n ** 63n - 1n;

/**
 * Undefined if the text is no quantity. Anything smaller than a billionth is rounded up to one.
 * @see https://github.com/kubernetes/kubernetes/blob/v1.36.3/staging/src/k8s.io/apimachinery/pkg/api/resource/quantity.go
 */
export function parseQuantity(text: string): Quantity | undefined {
  charge(PARSE_STEPS + text.length / 4);
  const groups = text.length <= MAX_LENGTH && text !== "" ? QUANTITY.exec(text)?.groups : undefined;
  if (groups === undefined) return undefined;
  const { sign, whole = "", fraction = "", suffix = "" } = groups;
  const digits = BigInt(`${whole}${fraction}` || "0") * (sign === "-" ? -1n : 1n);
  const significant = Math.max(whole.replace(/^0+/, "").length, 1) + fraction.length;
  const binary = BINARY[suffix];
  if (binary !== undefined) return toBinary(digits, fraction.length, binary, significant);
  const exponent = (DECIMAL[suffix] ?? Number(suffix.slice(1))) - fraction.length;
  const isWide = significant > SAFE_DIGITS || exponent < -9;
  return round(new Quantity(digits, exponent, isWide));
}

function toBinary(digits: bigint, places: number, power: number, significant: number): Quantity {
  const isWide = places > 0 || 15 - significant - Math.floor((power * 3) / 10) - 1 < 0;
  const quantity = round(new Quantity(digits * 2n ** BigInt(power), -places, isWide));
  const largest = new Quantity(LARGEST, 0, true);
  if (compareQuantities(quantity, largest) > 0) return largest;
  const least = new Quantity(-LARGEST, 0, true);
  return compareQuantities(quantity, least) < 0 ? least : quantity;
}

/** To billionths, away from zero. */
function round(quantity: Quantity): Quantity {
  if (quantity.exponent >= -9) return quantity;
  charge(-quantity.exponent / 4);
  const divisor = 10n ** BigInt(-9 - quantity.exponent);
  const { unscaled } = quantity;
  const rest = unscaled % divisor;
  const away = rest === 0n ? 0n : unscaled < 0n ? -1n : 1n;
  return new Quantity(unscaled / divisor + away, -9, true);
}
