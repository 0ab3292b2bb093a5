import { randomUUID } from "node:crypto";
import { findEndOfString } from "./json-values.ts";

/**
 * JSON from outside, read without surprises: bounded nesting, and integers that keep their digits.
 *
 * - Nesting is measured by a scan of the text, before anything recursive sees the value. An API server stores objects that are
 *   nested several thousand levels deep, and every recursive reader (JSON.stringify included) overflows its stack on these.
 * - An integer that a JavaScript number cannot hold exactly becomes the value of `JSON.rawJSON`, which JSON.stringify writes
 *   digit by digit. Kubernetes' integers have 64 bits.
 * @see https://tc39.es/proposal-json-parse-with-source/
 */

/** Objects that are nested deeper are not sent. The built-in kinds of Kubernetes need at most about 30 levels. */
export const MAX_NESTING = 500;

/** An integer beyond 2^53 as it was written. JSON.stringify writes it unchanged. */
export type RawInteger = { readonly rawJSON: string };

export type ReadJson =
  | {
      readonly outcome: "read";
      readonly value: unknown;
      /** Whether it is nested deeper than allowed: nothing recursive may look at it. */
      readonly isTooDeep?: true | undefined;
    }
  | { readonly outcome: "refused"; readonly reason: string };

type JsonWithRawText = {
  readonly rawJSON: (text: string) => RawInteger;
  readonly isRawJSON: (value: unknown) => boolean;
};

/** Part of ECMAScript and of Node 24, but not of TypeScript's library yet. */
const json = JSON as unknown as JsonWithRawText;

/** Whether a value is an integer beyond 2^53 that `readJson` has read. */
export function isRawInteger(value: unknown): value is RawInteger {
  if (typeof value !== "object" || value === null) return false;
  // Conditions ask this of every object they look into: most have a prototype, which is quick to see.
  return Object.getPrototypeOf(value) === null && json.isRawJSON(value);
}

/** The integer, written digit by digit wherever the value is written as JSON. */
export function toRawInteger(value: bigint): RawInteger {
  return json.rawJSON(value.toString());
}

/** Reads JSON text of any origin; never throws. Excessive nesting is reported, but not refused. */
export function readJson(text: string, maxLevels: number = MAX_NESTING): ReadJson {
  // Most objects have neither a long number nor so many lists and objects that they could be nested too deep.
  const mayHaveIntegers = mayHaveLongIntegers(text);
  const needsScan = mayHaveIntegers || mayNest(text);
  const { levels, integers } = needsScan ? scan(text, mayHaveIntegers) : NOTHING_FOUND;
  try {
    const value: unknown = JSON.parse(text);
    return {
      outcome: "read",
      // Marks are inserted only into valid JSON, because they could turn invalid text into JSON.
      value: integers.length === 0 ? value : replaceMarks(JSON.parse(markIntegers(text, integers))),
      ...(levels > maxLevels ? { isTooDeep: true } : {}),
    };
  } catch {
    return { outcome: "refused", reason: "not JSON" };
  }
}

/** The same, but refuses a value that is nested deeper than the limit. */
export function readBoundedJson(text: string, maxLevels: number = MAX_NESTING): ReadJson {
  const read = readJson(text, maxLevels);
  if (read.outcome === "refused" || read.isTooDeep === undefined) return read;
  return { outcome: "refused", reason: describeNesting(maxLevels) };
}

/**
 * Whether a value is nested deeper than the limit. Counted without recursion, and no further than one level past the limit: the rest of
 * a value that somebody nested on purpose may be a thousand times as deep. A value without lists and objects has no level.
 */
export function isNestedDeeper(value: unknown, maxLevels: number = MAX_NESTING): boolean {
  let level = toContainers([value]);
  for (let levels = 0; level.length > 0; levels += 1) {
    if (levels === maxLevels) return true;
    level = toContainers(level.flatMap((container) => Object.values(container)));
  }
  return false;
}

export function describeNesting(maxLevels: number = MAX_NESTING): string {
  return `nested more than ${maxLevels} levels deep`;
}

/** The values that contain values themselves; a raw integer does not. */
function toContainers(values: readonly unknown[]): readonly object[] {
  return values.filter(
    (value) => typeof value === "object" && value !== null && !isRawInteger(value),
  ) as object[];
}

const QUOTE = 0x22;
const MINUS = 0x2d;
/** The shortest integer beyond 2^53 has 16 digits. */
const LONG_INTEGER_DIGITS = 16;
const INTEGER = /-?\d{16,}(?![\d.eE])/y;

type Span = { readonly from: number; readonly to: number };

const NOTHING_FOUND = { levels: 0, integers: [] } as const;

/**
 * Whether 16 digits in a row stand where JSON allows a number; inside a string this is rare. Looks at every 16th character only,
 * because one of these is part of such a row, and this question is asked of everything that is read.
 */
function mayHaveLongIntegers(text: string): boolean {
  const stride = LONG_INTEGER_DIGITS;
  for (let at = stride - 1; at < text.length; at += stride) {
    if (!isDigit(text.charCodeAt(at))) continue;
    let from = at;
    while (from > 0 && isDigit(text.charCodeAt(from - 1))) from -= 1;
    while (at + 1 < text.length && isDigit(text.charCodeAt(at + 1))) at += 1;
    if (at + 1 - from >= stride && !isPartOfWord(text, from - 1) && !isPartOfWord(text, at + 1)) {
      return true;
    }
  }
  return false;
}

/** Whether a character is a letter or a quote: then the digits beside it are no number, but a part of a string. */
function isPartOfWord(text: string, at: number): boolean {
  const unit = text.charCodeAt(at) | 0x20;
  return (unit >= 0x61 && unit <= 0x7a && unit !== 0x65) || text.charCodeAt(at) === QUOTE;
}

function mayNest(text: string): boolean {
  let count = 0;
  for (const opening of ["{", "["]) {
    for (let at = text.indexOf(opening); at !== -1; at = text.indexOf(opening, at + 1)) {
      count += 1;
      if (count > MAX_NESTING) return true;
    }
  }
  return false;
}

/** One pass over the text outside its strings. For invalid JSON the answer is arbitrary, as the parser refuses it. */
function scan(
  text: string,
  mayHaveIntegers: boolean,
): { readonly levels: number; readonly integers: readonly Span[] } {
  const integers: Span[] = [];
  let level = 0;
  let levels = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) at = findEndOfString(text, at);
    // "{" and "[", then "}" and "]".
    else if (unit === 0x7b || unit === 0x5b) levels = Math.max(levels, (level += 1));
    else if (unit === 0x7d || unit === 0x5d) level -= 1;
    else if (mayHaveIntegers && (unit === MINUS || isDigit(unit))) {
      const to = findEndOfNumber(text, at);
      if (isUnsafeInteger(text, at, to)) integers.push({ from: at, to });
      at = to - 1;
    }
  }
  return { levels, integers };
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

const NUMBER = /[-+.\deE]*/y;

function findEndOfNumber(text: string, from: number): number {
  NUMBER.lastIndex = from;
  NUMBER.test(text);
  return Math.max(NUMBER.lastIndex, from + 1);
}

function isUnsafeInteger(text: string, from: number, to: number): boolean {
  if (to - from < 16) return false;
  INTEGER.lastIndex = from;
  if (!INTEGER.test(text) || INTEGER.lastIndex !== to) return false;
  return !Number.isSafeInteger(Number(text.slice(from, to)));
}

/** Marks the place of an integer. It is random and known only inside this process, so no text can contain it. */
const MARK = `integer ${randomUUID()} `;

function markIntegers(text: string, integers: readonly Span[]): string {
  let marked = "";
  let at = 0;
  for (const { from, to } of integers) {
    marked += `${text.slice(at, from)}"${MARK}${text.slice(from, to)}"`;
    at = to;
  }
  return marked + text.slice(at);
}

/** Replaces the marks by the integers, without recursion. */
function replaceMarks(marked: unknown): unknown {
  const root = { value: marked };
  const open: object[] = [root];
  for (let container = open.pop(); container !== undefined; container = open.pop()) {
    for (const [key, value] of Object.entries(container) as [string, unknown][]) {
      if (typeof value === "string" && value.startsWith(MARK)) {
        setOwn(container, key, json.rawJSON(value.slice(MARK.length)));
      } else if (typeof value === "object" && value !== null) {
        open.push(value);
      }
    }
  }
  return root.value;
}

/** Treats `__proto__` like any other key. */
function setOwn(container: object, key: string, value: unknown): void {
  Object.defineProperty(container, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
