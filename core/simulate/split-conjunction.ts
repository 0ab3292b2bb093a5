/** Literals and comments contain no operators. https://github.com/google/cel-spec/blob/v0.24.0/doc/langdef.md#syntax */
const RAW = /(?:[rR][bB]?|[bB][rR])(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n]*"|'[^'\n]*')/;
const ESCAPED =
  /[bB]?(?:"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')/;
/** Words are skipped as a whole, because the `r` of `for` does not begin a literal. */
const SKIPPED: RegExp = new RegExp(`${RAW.source}|${ESCAPED.source}|//[^\\n]*|\\w+`, "y");

const OPENING = new Set("([{");
const CLOSING = new Set(")]}");

/**
 * The parts of a valid CEL condition that must all hold, as written: `a && (b || c)` has two. A condition that is not a
 * conjunction is one part. Takes time linear in the length of the source, times the depth of parentheses around all of it.
 */
export function splitConjunction(source: string): readonly string[] {
  const { isAlternative, cuts } = findOperators(source);
  if (isAlternative) return [source.trim()];
  if (cuts.length === 0) {
    const inner = toInner(source.trim());
    return inner === undefined ? [source.trim()] : splitConjunction(inner);
  }
  const parts = [...cuts, source.length].map((end, index) => {
    const before = cuts[index - 1];
    return source.slice(before === undefined ? 0 : before + 2, end);
  });
  return parts.flatMap((part) => splitConjunction(part));
}

/** Offsets of `&&` outside all brackets, and whether there is also a `||` or `?:` there, which bind less tightly. */
function findOperators(source: string): {
  readonly isAlternative: boolean;
  readonly cuts: readonly number[];
} {
  const cuts: number[] = [];
  let isAlternative = false;
  for (const { text, offset, depth } of walk(source)) {
    if (depth > 0) continue;
    if (text === "&" && source[offset + 1] === "&") cuts.push(offset);
    // The `?` of `a.?b` is no choice.
    const isChoice = text === "?" && source[offset - 1] !== ".";
    if (isChoice || (text === "|" && source[offset + 1] === "|")) isAlternative = true;
  }
  return { isAlternative, cuts };
}

/** The text inside parentheses that enclose the whole source; undefined if there are none. */
function toInner(source: string): string | undefined {
  if (!source.startsWith("(")) return undefined;
  for (const { text, offset, depth } of walk(source)) {
    if (text === ")" && depth === 0) {
      return offset === source.length - 1 ? source.slice(1, -1) : undefined;
    }
  }
  return undefined;
}

/** The characters outside words, literals and comments. `depth` is the number of brackets around a character. */
function* walk(
  source: string,
): Generator<{ readonly text: string; readonly offset: number; readonly depth: number }, void> {
  let depth = 0;
  let offset = 0;
  while (offset < source.length) {
    SKIPPED.lastIndex = offset;
    const skipped = SKIPPED.exec(source);
    if (skipped !== null) {
      offset += skipped[0].length;
      continue;
    }
    const text = source.charAt(offset);
    if (CLOSING.has(text)) depth -= 1;
    yield { text, offset, depth };
    if (OPENING.has(text)) depth += 1;
    offset += 1;
  }
}
