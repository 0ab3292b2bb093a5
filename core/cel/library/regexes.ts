import { charge } from "../values/meter.ts";
import { isInt, type Answer, type Value } from "../values/value.ts";
import { fail, take, takeFrom, type Library } from "./function.ts";
import { compilePattern } from "../patterns/patterns.ts";

/** The functions whose second argument, after their target, is a pattern in RE2 syntax. It has to be a literal. */
export const PATTERN_METHODS: ReadonlySet<string> = new Set(["matches", "find", "findAll"]);

export const REGEXES: Library = {
  ".matches": take(2, matches),
  matches: take(2, matches),
  ".find": take(2, (text, source) => {
    const found = findAll(text, source, 1);
    return Array.isArray(found) ? (found[0] ?? "") : found;
  }),
  ".findAll": takeFrom(2, 3, (text, source, most = -1) =>
    isInt(most) ? findAll(text, source, Number(most)) : undefined,
  ),
};

function matches(text: Value, source: Value): Answer | undefined {
  if (typeof text !== "string" || typeof source !== "string") return undefined;
  const pattern = compilePattern(source);
  if (!pattern.ok) return fail(pattern.error);
  try {
    return pattern.value.test(text);
  } catch (error) {
    if (error instanceof RangeError) return fail(error.message);
    throw error;
  }
}

function findAll(text: Value, source: Value, most: number): Answer | undefined {
  if (typeof text !== "string" || typeof source !== "string") return undefined;
  const pattern = compilePattern(source);
  if (!pattern.ok) return fail(pattern.error);
  const found = pattern.value.find(text, most < 0 ? Infinity : most);
  charge(found.length);
  return found.map(({ from, to }) => text.slice(from, to));
}
