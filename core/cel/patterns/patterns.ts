import type { RE2JS } from "@bufbuild/re2";
import { compileRe2 } from "#pattern-engine";
import { refuse, ok, type Result } from "../../result.ts";
import { charge } from "../values/meter.ts";
import { findMatches, type Match } from "./find-matches.ts";

const MAX_PATTERN_LENGTH = 500;
/** Most instructions of a compiled pattern; a repeated part counts as often as it is repeated. */
const MAX_PATTERN_SIZE = 4_000;
/** The size of `\pL`: its hundreds of ranges are copied with every repeat. */
const UNICODE_CLASS_SIZE = 100;

/**
 * Most states of the automaton that one text may need. Building a state costs about 40 µs, and more for a larger pattern. Beyond
 * its own limit the engine would fall back to simulating all branches, which took 450 µs per character.
 */
const STATES_MAX = 1_000;
const STATES_MIN = 250;
const STATES_WORK = 1_000_000;

/** `test` charges for its work, and throws if the text needs too many states. The same text gives the same answer. */
export type Pattern = {
  readonly test: (text: string) => boolean;
  /** The matches from left to right, at most so many. */
  readonly find: (text: string, most: number) => readonly Match[];
};

const patterns = new Map<string, Result<Pattern, string>>();

/**
 * Compiles an RE2 pattern, once; never throws. Patterns are literals in rules, so that the content of an object never becomes a
 * pattern, and the number of compiled ones is bounded by the pipeline.
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
    return refuse(error instanceof Error ? error.message.slice(0, 200) : "not a valid pattern");
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
      // Drop the states of earlier texts and try once more: the answer must depend on this text alone.
      forget();
      return compiled.test(text);
    },
    find: (text, most) => findMatches(prog, text, most),
  };
}

/** Matches one item: an escape with its braces, a class, a repeat, a bracket, or one character. */
const ITEMS =
  /\\[pP](?:\{[^}]*\}|.)|\\x\{[^}]*\}|\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|\{(?<least>\d+)(?:,(?<most>\d*))?\}|./gsu;

/** The size of a pattern with its repeats, nested ones too, expanded as the engine does it. */
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
