import { charge } from "../values/meter.ts";

/** The beginning and end of a match, in UTF-16 units. */
export type Match = { readonly from: number; readonly to: number };

/** The compiled pattern of the engine, of which only a part is needed. */
type Program = {
  readonly start: number;
  readonly numInst: () => number;
  readonly getInst: (pc: number) => Instruction;
};
type Instruction = {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  readonly matchRune: (rune: number) => boolean;
};

/** The engine's numbers for its instructions. */
const ALT = 1;
const ALT_MATCH = 2;
const CAPTURE = 3;
const EMPTY_WIDTH = 4;
const FAIL = 5;
const MATCH = 6;
const NOP = 7;

/** The steps that a match costs besides those for its characters. */
const MATCH_STEPS = 3;
/** The steps of one character, besides one for each thread: 0.1 µs each, as measured. */
const CHARACTER_STEPS = 2;

/** A state of the search, and where its match would begin. */
type Thread = { readonly pc: number; readonly from: number };

/**
 * All matches from left to right that do not overlap, at most so many, as Go finds them: the leftmost one, and of several there the
 * one that the pattern prefers. The engine itself only says whether a text matches. Takes time linear in the length of the text, times
 * the size of the pattern, and charges for it.
 * @see https://swtch.com/~rsc/regexp/regexp2.html#pike
 */
export function findMatches(program: Program, text: string, most: number): readonly Match[] {
  const matches: Match[] = [];
  let at = 0;
  let previousEnd = -1;
  while (matches.length < most && at <= text.length) {
    charge(MATCH_STEPS);
    const match = findMatch(program, text, at);
    if (match === undefined) break;
    const isEmpty = match.to === match.from;
    // An empty match right behind another match does not count.
    if (!isEmpty || match.from !== previousEnd) matches.push(match);
    previousEnd = match.to;
    at = isEmpty ? match.to + toWidth(text.codePointAt(match.to)) : match.to;
  }
  return matches;
}

function toWidth(rune: number | undefined): number {
  return rune !== undefined && rune > 0xff_ff ? 2 : 1;
}

function findMatch(program: Program, text: string, start: number): Match | undefined {
  let threads: Thread[] = [];
  let found: Match | undefined;
  for (let at = start; at <= text.length;) {
    const rune = text.codePointAt(at) ?? -1;
    const context = toContext(runeBefore(text, at), rune);
    const ready: Thread[] = [];
    const seen = new Set<number>();
    for (const { pc, from } of threads) follow(program, pc, from, context, seen, ready);
    if (found === undefined) follow(program, program.start, at, context, seen, ready);
    charge(CHARACTER_STEPS + seen.size);
    threads = [];
    for (const { pc, from } of ready) {
      const instruction = program.getInst(pc);
      if (instruction.op === MATCH) {
        // Threads behind this one are less preferred.
        found = { from, to: at };
        break;
      }
      if (rune >= 0 && instruction.matchRune(rune)) threads.push({ pc: instruction.out, from });
    }
    if (threads.length === 0 && found !== undefined) return found;
    at += toWidth(rune);
  }
  return found;
}

/** Adds the states that are reached from one without reading a character, the preferred ones first. */
function follow(
  program: Program,
  start: number,
  from: number,
  context: number,
  seen: Set<number>,
  ready: Thread[],
): void {
  const open = [start];
  for (let pc = open.pop(); pc !== undefined; pc = open.pop()) {
    if (seen.has(pc)) continue;
    seen.add(pc);
    const { op, out, arg } = program.getInst(pc);
    if (op === ALT || op === ALT_MATCH) open.push(arg, out);
    else if (op === NOP || op === CAPTURE) open.push(out);
    else if (op === EMPTY_WIDTH) {
      if ((arg & ~context) === 0) open.push(out);
    } else if (op !== FAIL) ready.push({ pc, from });
  }
}

function runeBefore(text: string, at: number): number {
  if (at === 0) return -1;
  const unit = text.charCodeAt(at - 1);
  const isLow = unit >= 0xdc_00 && unit <= 0xdf_ff && at > 1;
  return isLow ? (text.codePointAt(at - 2) ?? unit) : unit;
}

/** Which of `^`, `$`, `\A`, `\z`, `\b`, `\B` hold between two characters; the bits are the engine's. */
function toContext(before: number, after: number): number {
  const line = (before < 0 || before === 0x0a ? 1 : 0) | (after < 0 || after === 0x0a ? 2 : 0);
  const text = (before < 0 ? 4 : 0) | (after < 0 ? 8 : 0);
  return line | text | (isWord(before) === isWord(after) ? 32 : 16);
}

function isWord(rune: number): boolean {
  return rune >= 0 && rune < 0x80 && /\w/.test(String.fromCodePoint(rune));
}
