import { Failure } from "../values/failure.ts";
import { fromJson, toEntries } from "../values/json.ts";
import { charge, chargeText } from "../values/meter.ts";
import { compareText } from "../values/order.ts";
import { Duration, Timestamp } from "../values/time.ts";
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
import { convertToString } from "./conversions.ts";
import { fail, take, type Library } from "./function.ts";
import { formatPoint } from "./format-number.ts";

/** https://github.com/google/cel-go/blob/v0.26.0/ext/formatting.go */
export const FORMAT_TEXT: Library = { ".format": take(2, format) };

const CLAUSE = /%(?:%|(?:\.(?<precision>\d+))?(?<verb>[sdfebxXo]))|%/g;
/** JavaScript writes no more digits; Go does. */
const MAX_PRECISION = 100;

function format(template: Value, args: Value): Answer | undefined {
  if (typeof template !== "string" || !Array.isArray(args)) return undefined;
  let text = "";
  let at = 0;
  let next = 0;
  for (const { 0: clause, index, groups } of template.matchAll(CLAUSE)) {
    text += template.slice(at, index);
    at = index + clause.length;
    if (clause === "%%") {
      text += "%";
      continue;
    }
    const verb = groups?.["verb"];
    if (verb === undefined)
      return fail(
        `${template.slice(index, index + 4)} is not a clause of format: these are %s %d %f %e %b %x %X %o`,
      );
    if (next >= args.length) return fail(`format has ${args.length} values, but more clauses`);
    const written = write(verb, groups?.["precision"], fromJson(args[next]));
    if (written instanceof Failure) return written;
    chargeText(written.length);
    text += written;
    next += 1;
  }
  return text + template.slice(at);
}

function write(verb: string, digits: string | undefined, value: Value): string | Failure {
  const precision = Number(digits ?? 6);
  if (precision > MAX_PRECISION)
    return fail(`format writes at most ${MAX_PRECISION} digits behind the point`);
  switch (verb) {
    case "s":
      return toText(value);
    case "d":
      return toDigits(value, 10) ?? misfit("d", "whole numbers", value);
    case "o":
      return toDigits(value, 8) ?? misfit("o", "whole numbers", value);
    case "b":
      if (typeof value === "boolean") return value ? "1" : "0";
      return toDigits(value, 2) ?? misfit("b", "whole numbers and bools", value);
    case "f":
    case "e":
      return formatPoint(verb, precision, value) ?? misfit(verb, "doubles", value);
    default: {
      const hex = toHex(value);
      if (hex === undefined) return misfit(verb, "whole numbers, texts and bytes", value);
      return verb === "X" ? hex.toUpperCase() : hex;
    }
  }
}

function misfit(verb: string, types: string, value: Value): Failure {
  return fail(`%${verb} is for ${types}, not for a value of type ${toTypeName(value)}`);
}

function toDigits(value: Value, base: number): string | undefined {
  if (isInt(value)) return value.toString(base);
  return value instanceof Uint ? value.value.toString(base) : undefined;
}

function toHex(value: Value): string | undefined {
  if (typeof value === "string") return Buffer.from(value).toString("hex");
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : toDigits(value, 16);
}

/** The text of a value; lists and maps as CEL would write them, with their texts in quotes. */
function toText(value: Value): string | Failure {
  if (Array.isArray(value)) return toListText(value as readonly unknown[]);
  if (isMap(value)) return toMapText(value);
  if (value === null) return "null";
  if (value instanceof TypeValue) return value.name;
  const isOther =
    value instanceof Opaque && !(value instanceof Timestamp || value instanceof Duration);
  const text = isOther ? undefined : convertToString(value);
  if (text instanceof Failure) return text;
  return typeof text === "string"
    ? text
    : misfit("s", "texts, numbers, bools, times, lists and maps", value);
}

/** A value inside a list or a map is written in about 1 µs. */
const NESTED_STEPS = 10;

function toNested(value: Value): string | Failure {
  charge(NESTED_STEPS);
  if (typeof value === "string") return quoteGo(value);
  if (value instanceof Double) {
    if (Number.isFinite(value.value)) return value.value.toFixed(6);
    const word = Number.isNaN(value.value) ? "NaN" : value.value > 0 ? "+Inf" : "-Inf";
    return `"${word}"`;
  }
  const text = toText(value);
  if (text instanceof Failure) return text;
  chargeText(text.length);
  if (value instanceof Uint8Array) return `b${quoteGo(text)}`;
  if (value instanceof Timestamp) return `timestamp("${text}")`;
  return value instanceof Duration ? `duration("${text}")` : text;
}

/** As Go's `%q`: what cannot be printed is escaped. */
function quoteGo(text: string): string {
  chargeText(text.length);
  return JSON.stringify(text)
    .replaceAll("\\u0007", "\\a")
    .replaceAll("\\u000b", "\\v")
    .replaceAll(/\\u00([01][0-9a-f])/g, "\\x$1")
    .replaceAll("\u007f", "\\x7f")
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (character) => {
      const code = (character.codePointAt(0) ?? 0).toString(16);
      return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
    });
}

function toListText(list: readonly unknown[]): string | Failure {
  const parts: string[] = [];
  for (const item of list) {
    const text = toNested(fromJson(item));
    if (text instanceof Failure) return text;
    parts.push(text);
  }
  return `[${parts.join(", ")}]`;
}

function toMapText(map: Value): string | Failure {
  const entries: string[][] = [];
  for (const [key, value] of toEntries(map)) {
    const name = toNested(key);
    const text = toNested(value);
    if (name instanceof Failure) return name;
    if (text instanceof Failure) return text;
    entries.push([name, text]);
  }
  const sorted = entries.toSorted(([a = ""], [b = ""]) => compareText(a, b));
  return `{${sorted.map((entry) => entry.join(":")).join(", ")}}`;
}
