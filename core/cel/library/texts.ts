import type { Failure } from "../values/failure.ts";
import { charge, chargeText } from "../values/meter.ts";
import { fromJson } from "../values/json.ts";
import { isInt, toTypeName, type Answer, type Value } from "../values/value.ts";
import { countCodePoints } from "./conversions.ts";
import { fail, onText, take, takeFrom, type Library } from "./function.ts";

/** Up to this length a search is linear; above it the worst text costs the product of both lengths, 0.5 ns each. */
const SHORT_NEEDLE = 250;
/** Characters that are searched in one step, at 10 ns each. */
const SEARCHED_A_STEP = 10;
/** Characters that are written in another case in one step, at 50 ns each if every other one is a letter. */
const CASED_A_STEP = 2;

/** https://github.com/google/cel-go/blob/v0.26.0/ext/strings.go, in the version that Kubernetes 1.36 has: 2. */
export const TEXTS: Library = {
  ".contains": withText((text, part) => {
    chargeSearch(text, part);
    return text.includes(part);
  }),
  ".startsWith": withText((text, part) => text.startsWith(part)),
  ".endsWith": withText((text, part) => text.endsWith(part)),
  ".lowerAscii": onText((text) => {
    charge(text.length / CASED_A_STEP);
    return text.replaceAll(/[A-Z]+/g, (part) => part.toLowerCase());
  }),
  ".upperAscii": onText((text) => {
    charge(text.length / CASED_A_STEP);
    return text.replaceAll(/[a-z]+/g, (part) => part.toUpperCase());
  }),
  ".trim": onText((text) => text.replaceAll(TRIMMED, "")),
  ".charAt": take(2, charAt),
  ".indexOf": takeFrom(2, 3, indexOf),
  ".lastIndexOf": takeFrom(2, 3, lastIndexOf),
  ".substring": takeFrom(2, 3, substring),
  ".replace": takeFrom(3, 4, replace),
  ".split": takeFrom(2, 3, split),
  ".join": takeFrom(1, 2, join),
  "strings.quote": onText((text) => {
    chargeText(text.length);
    const quoted = text.replaceAll(QUOTED, (character) => {
      const letter = QUOTES[character];
      return letter === undefined ? character : `\\${letter}`;
    });
    return `"${quoted}"`;
  }),
};

/** White space as Unicode defines it, which is not quite what JavaScript trims: U+0085 is, U+FEFF is not. */
const SPACES =
  "\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const TRIMMED: RegExp = new RegExp(`^[${SPACES}]+|(?<![${SPACES}])[${SPACES}]+$`, "gu");

const QUOTED = /[\p{Cc}\\"]/gu;
const QUOTES: Readonly<Record<string, string>> = {
  "\u0007": "a",
  "\b": "b",
  "\f": "f",
  "\n": "n",
  "\r": "r",
  "\t": "t",
  "\v": "v",
  "\\": "\\",
  '"': '"',
};

function withText(run: (text: string, other: string) => Answer): Library[string] {
  return take(2, (text, other) =>
    typeof text === "string" && typeof other === "string" ? run(text, other) : undefined,
  );
}

function chargeSearch(text: string, needle: string): void {
  charge(text.length / SEARCHED_A_STEP);
  if (needle.length > SHORT_NEEDLE) charge((text.length * needle.length) / 400);
}

/** The offset of UTF-16 of a number of code points, from 0 to the number that the text has; undefined if it has fewer. */
function toUnit(text: string, points: number | bigint): number | undefined {
  chargeText(text.length);
  if (points < 0) return undefined;
  let unit = 0;
  for (let count = 0; count < points; count += 1) {
    const point = text.codePointAt(unit);
    if (point === undefined) return undefined;
    unit += point > 0xff_ff ? 2 : 1;
  }
  return unit;
}

function charAt(text: Value, index: Value): Answer | undefined {
  if (typeof text !== "string" || !isInt(index)) return undefined;
  const unit = toUnit(text, index);
  if (unit === undefined) return outOfRange(index);
  const point = text.codePointAt(unit);
  return point === undefined ? "" : String.fromCodePoint(point);
}

function outOfRange(index: number | bigint): Failure {
  return fail(`the text has no position ${index}`);
}

function indexOf(text: Value, part: Value, from: Value = 0): Answer | undefined {
  if (typeof text !== "string" || typeof part !== "string" || !isInt(from)) {
    return undefined;
  }
  if (part === "") return from;
  if (from < 0) return outOfRange(from);
  const unit = toUnit(text, from);
  if (unit === undefined) return -1;
  chargeSearch(text, part);
  const found = text.indexOf(part, unit);
  return found === -1 ? -1 : countCodePoints(text.slice(0, found));
}

function lastIndexOf(text: Value, part: Value, from?: Value): Answer | undefined {
  if (typeof text !== "string" || typeof part !== "string") return undefined;
  if (from !== undefined && !isInt(from)) return undefined;
  if (part === "") return from ?? countCodePoints(text);
  if (from !== undefined && from < 0) return outOfRange(from);
  const unit = from === undefined ? text.length : toUnit(text, from);
  if (unit === undefined || (from !== undefined && unit >= text.length)) return -1;
  charge((text.length * part.length) / 400);
  const found = text.lastIndexOf(part, unit);
  return found === -1 ? -1 : countCodePoints(text.slice(0, found));
}

function substring(text: Value, from: Value, to?: Value): Answer | undefined {
  if (typeof text !== "string" || !isInt(from)) return undefined;
  if (to !== undefined && !isInt(to)) return undefined;
  if (to !== undefined && from > to) return fail(`a text has no part from ${from} to ${to}`);
  const start = toUnit(text, from);
  const end = to === undefined ? text.length : toUnit(text, to);
  if (start === undefined) return outOfRange(from);
  return end === undefined ? outOfRange(to ?? 0) : text.slice(start, end);
}

function replace(text: Value, old: Value, other: Value, limit: Value = -1): Answer | undefined {
  if (typeof text !== "string" || typeof old !== "string" || typeof other !== "string") {
    return undefined;
  }
  if (!isInt(limit)) return undefined;
  const most = limit < 0 ? Infinity : Number(limit);
  chargeSearch(text, old);
  const places = findPlaces(text, old, most);
  chargeText(text.length + places.length * other.length);
  charge(places.length);
  let replaced = "";
  let at = 0;
  for (const place of places) {
    replaced += text.slice(at, place) + other;
    at = place + old.length;
  }
  return replaced + text.slice(at);
}

/** The places of a part in a text. An empty part is found before each code point and at the end. */
function findPlaces(text: string, part: string, most: number): readonly number[] {
  const places: number[] = [];
  let at = part === "" ? 0 : text.indexOf(part);
  while (at !== -1 && places.length < most) {
    charge(2);
    places.push(at);
    if (part !== "") at = text.indexOf(part, at + part.length);
    else if (at >= text.length) at = -1;
    else at += (text.codePointAt(at) ?? 0) > 0xff_ff ? 2 : 1;
  }
  return places;
}

function split(text: Value, separator: Value, limit: Value = -1): Answer | undefined {
  if (typeof text !== "string" || typeof separator !== "string" || !isInt(limit)) {
    return undefined;
  }
  if (Number(limit) === 0) return [];
  const most = limit < 0 ? Infinity : Number(limit) - 1;
  chargeSearch(text, separator);
  // Between two code points, but not at the ends, an empty separator cuts.
  const isCut = (place: number): boolean => separator !== "" || (place > 0 && place < text.length);
  const places = findPlaces(text, separator, separator === "" ? most + 1 : most).filter(isCut);
  const parts: string[] = [];
  let at = 0;
  for (const place of places) {
    parts.push(text.slice(at, place));
    at = place + separator.length;
  }
  if (text === "" && separator === "") return [];
  return [...parts, text.slice(at)];
}

function join(list: Value, separator: Value = ""): Answer | undefined {
  if (!Array.isArray(list) || typeof separator !== "string") return undefined;
  charge(list.length);
  const texts: string[] = [];
  for (const item of list as readonly unknown[]) {
    const text = fromJson(item);
    if (typeof text !== "string")
      return fail(`join is for texts, not for a value of type ${toTypeName(text)}`);
    chargeText(text.length + separator.length);
    texts.push(text);
  }
  return texts.join(separator);
}
