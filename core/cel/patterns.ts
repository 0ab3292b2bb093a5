import type { RE2JS } from "@bufbuild/re2";
import { compileRe2 } from "#pattern-engine";
import { refuse, ok, type Result } from "../result.ts";
import { charge } from "./meter.ts";

const MAX_PATTERN_LENGTH = 500;
/** Instructions of a compiled pattern; a repeat counts as often as it repeats. */
const MAX_PATTERN_SIZE = 4_000;
/** What `\pL` counts: its hundreds of ranges are copied with every repeat. */
const UNICODE_CLASS_SIZE = 100;

/**
 * States of the automaton that one text may need: building one costs some 40 µs, and more for a larger pattern. Above it the
 * engine would fall back to simulating all branches, which took 450 µs a character.
 */
const STATES_MAX = 1_000;
const STATES_MIN = 250;
const STATES_WORK = 1_000_000;

/** `test` charges for its work, and throws where the text needs too many states. Same text, same answer. */
export type Pattern = { readonly test: (text: string) => boolean };

const patterns = new Map<string, Result<Pattern, string>>();

/**
 * Compiles an RE2 pattern, once; never throws. Patterns are written out in rules, so that what is in an object never becomes
 * one, and there are as many as the pipeline has.
 * @see https://github.com/google/re2/wiki/Syntax
 */
export function compilePattern(source: string): Result<Pattern, string> {
  const known = patterns.get(source);
  if (known !== undefined) return known;
  const compiled = compile(source);
  patterns.set(source, compiled);
  return compiled;
}

function compile(source: string): Result<Pattern, string> {
  if (source.length > MAX_PATTERN_LENGTH) {
    return refuse(`the pattern is longer than ${MAX_PATTERN_LENGTH} characters`);
  }
  if (estimateSize(source) > MAX_PATTERN_SIZE) {
    return refuse("the pattern repeats too much: its parts times their repeats are too many");
  }
  try {
    return ok(bound(compileRe2(source)));
  } catch (error) {
    return refuse(error instanceof Error ? error.message.slice(0, 200) : "no pattern");
  }
}

const TOO_MANY_STATES = "the pattern needs too many states on this text";

function bound(compiled: RE2JS): Pattern {
  const re2 = compiled.re2();
  const { dfa, prog } = re2;
  const size = prog.numInst();
  dfa.stateLimit = Math.max(STATES_MIN, Math.min(STATES_MAX, Math.ceil(STATES_WORK / size)));
  re2._nfaFallback = () => {
    throw new RangeError(TOO_MANY_STATES);
  };
  const forget = (): void => {
    dfa.stateCache.clear();
    Object.assign(dfa, { stateCount: 0, startState: null, cacheClears: 0, failed: false });
  };
  return {
    test(text) {
      charge(Math.ceil((text.length * (1 + size / 2)) / 4));
      try {
        return compiled.test(text);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
      // The states that earlier texts needed count no longer: the answer must hang on this text alone.
      forget();
      return compiled.test(text);
    },
  };
}

/** An item at a time: an escape with its braces, a class, a repeat, a bracket, or one character. */
const ITEMS =
  /\\[pP](?:\{[^}]*\}|.)|\\x\{[^}]*\}|\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|\{(?<least>\d+)(?:,(?<most>\d*))?\}|./gsu;

/** How large a pattern becomes when its repeats are written out: the engine does that, nested ones too. */
function estimateSize(source: string): number {
  const outer: number[] = [];
  let total = 0;
  let last = 0;
  for (const { 0: item, groups } of source.matchAll(ITEMS)) {
    const repeats = Number(groups?.["most"] || groups?.["least"]);
    if (groups?.["least"] !== undefined) {
      total += last * Math.max(repeats - 1, 0);
      last *= Math.max(repeats, 1);
    } else if (item === "(") {
      outer.push(total);
      total = 0;
    } else if (item === ")") {
      last = total + 2;
      total = (outer.pop() ?? 0) + last;
    } else {
      last = /\\[pP]|\[:/.test(item) ? UNICODE_CLASS_SIZE : 1;
      total += last;
    }
  }
  return total;
}
