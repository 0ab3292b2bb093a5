import { isInt64, isUint64, toCanonicalInt, toInt } from "../values/integer.ts";
import { countEntries } from "../values/json.ts";
import { charge, chargeText } from "../values/meter.ts";
import { Duration, NANOS_A_SECOND, Timestamp, modulo } from "../values/time.ts";
import {
  Double,
  isInt,
  isMap,
  Opaque,
  toTypeName,
  TypeValue,
  Uint,
  type Answer,
  type Value,
} from "../values/value.ts";
import { fail, take, type Library } from "./function.ts";
import { parseDuration, parseTimestamp } from "./parse-time.ts";
import { formatDouble, parseDouble } from "./numbers.ts";

/** https://github.com/google/cel-go/blob/v0.26.0/common/types/string.go */
export const CONVERSIONS: Library = {
  int: take(1, convertToInt),
  uint: take(1, convertToUint),
  double: take(1, convertToDouble),
  bool: take(1, convertToBool),
  string: take(1, convertToString),
  bytes: take(1, (value) =>
    typeof value === "string"
      ? new Uint8Array(Buffer.from(value))
      : value instanceof Uint8Array
        ? value
        : undefined,
  ),
  timestamp: take(1, convertToTimestamp),
  duration: take(1, convertToDuration),
  type: take(1, (value) => new TypeValue(toTypeName(value))),
  dyn: take(1, (value) => value),
  size: take(1, toSize),
  ".size": take(1, toSize),
};

/** No number is longer, and the time to read digits is quadratic. */
const MAX_NUMBER_LENGTH = 400;

function convertToInt(value: Value): Answer | undefined {
  if (isInt(value)) return value;
  if (value instanceof Uint) return toInt(value.value);
  if (value instanceof Double) return toWhole(value.value, isInt64);
  if (value instanceof Timestamp) {
    return toCanonicalInt((value.nanos - modulo(value.nanos, NANOS_A_SECOND)) / NANOS_A_SECOND);
  }
  if (value instanceof Duration) return toCanonicalInt(value.nanos);
  if (typeof value !== "string") return undefined;
  const isNumber = value.length <= MAX_NUMBER_LENGTH && /^[-+]?\d+$/.test(value);
  if (!isNumber) return fail(`${quote(value)} is not a whole number`);
  const integer = BigInt(value.replace("+", ""));
  return isInt64(integer)
    ? toCanonicalInt(integer)
    : fail(`${quote(value)} does not fit into 64 bits`);
}

function convertToUint(value: Value): Answer | undefined {
  if (value instanceof Uint) return value;
  if (isInt(value)) return toUint(BigInt(value));
  if (value instanceof Double) {
    const whole = toWhole(value.value, isUint64);
    return isInt(whole) ? new Uint(BigInt(whole)) : whole;
  }
  if (typeof value !== "string") return undefined;
  const isNumber = value.length <= MAX_NUMBER_LENGTH && /^\d+$/.test(value);
  return isNumber
    ? toUint(BigInt(value))
    : fail(`${quote(value)} is not a whole number without a sign`);
}

function toUint(value: bigint): Answer {
  return isUint64(value)
    ? new Uint(value)
    : fail(`${value} does not fit into 64 bits without a sign`);
}

/** Without what is behind the point. The largest numbers are refused, as a double cannot tell whether they fit. */
function toWhole(value: number, fits: (whole: bigint) => boolean): Answer {
  const whole = Number.isFinite(value) ? BigInt(Math.trunc(value)) : undefined;
  const isIn =
    whole !== undefined &&
    fits(whole) &&
    fits(whole + 1n) &&
    fits(whole - 1n + BigInt(value >= 0 && value < 1));
  return isIn ? toCanonicalInt(whole) : fail(`${value} does not fit into 64 bits`);
}

function convertToDouble(value: Value): Answer | undefined {
  if (value instanceof Double) return value;
  if (isInt(value)) return new Double(Number(value));
  if (value instanceof Uint) return new Double(Number(value.value));
  if (typeof value !== "string") return undefined;
  const number = value.length <= MAX_NUMBER_LENGTH ? parseDouble(value) : undefined;
  return number === undefined ? fail(`${quote(value)} is not a number`) : new Double(number);
}

const TRUE = new Set(["1", "t", "T", "true", "TRUE", "True"]);
const FALSE = new Set(["0", "f", "F", "false", "FALSE", "False"]);

function convertToBool(value: Value): Answer | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string") return undefined;
  if (TRUE.has(value)) return true;
  return FALSE.has(value) ? false : fail(`${quote(value)} is neither true nor false`);
}

export function convertToString(value: Value): Answer | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean" || isInt(value)) return String(value);
  if (value instanceof Double) return formatDouble(value.value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Opaque) return value.toText();
  if (!(value instanceof Uint8Array)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    return fail("the bytes are not UTF-8");
  }
}

function convertToTimestamp(value: Value): Answer | undefined {
  if (value instanceof Timestamp) return value;
  if (isInt(value)) return toTimestamp(BigInt(value) * NANOS_A_SECOND);
  if (typeof value !== "string") return undefined;
  charge(PARSE_TIME_STEPS);
  return (
    parseTimestamp(value) ?? fail(`${quote(value)} is not a time such as 2024-01-31T08:00:00Z`)
  );
}

/** A time is read in about 3 µs. */
const PARSE_TIME_STEPS = 15;

const LEAST = -62_135_596_800n * NANOS_A_SECOND;
const MOST = 253_402_300_800n * NANOS_A_SECOND;

/** The moment, or the failure that it is not between the years 1 and 9999. */
export function toTimestamp(nanos: bigint, offset?: number): Answer {
  if (nanos < LEAST || nanos >= MOST) return fail("the time is not between the years 1 and 9999");
  return new Timestamp(nanos, offset);
}

/** The length of time, or the failure that it is longer than 292 years. */
export function toDuration(nanos: bigint): Answer {
  return isInt64(nanos) ? new Duration(nanos) : fail("the duration is longer than 292 years");
}

function convertToDuration(value: Value): Answer | undefined {
  if (value instanceof Duration) return value;
  if (isInt(value)) return toDuration(BigInt(value) * NANOS_A_SECOND);
  if (typeof value !== "string") return undefined;
  charge(PARSE_TIME_STEPS);
  const nanos = value.length <= MAX_NUMBER_LENGTH ? parseDuration(value) : undefined;
  return nanos === undefined
    ? fail(`${quote(value)} is not a duration such as 1h30m`)
    : toDuration(nanos);
}

function toSize(value: Value): Answer | undefined {
  if (typeof value === "string") return countCodePoints(value);
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length;
  if (!isMap(value)) return undefined;
  const size = countEntries(value);
  charge(size);
  return size;
}

/** Counts a pair of surrogates as one. */
export function countCodePoints(text: string): number {
  chargeText(text.length);
  let count = text.length;
  for (let index = 0; index < text.length; index += 1) {
    if ((text.codePointAt(index) ?? 0) > 0xff_ff) {
      count -= 1;
      index += 1;
    }
  }
  return count;
}

/** The text for a message: in quotes, and only its beginning. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 50 ? `${text.slice(0, 50)}...` : text);
}
