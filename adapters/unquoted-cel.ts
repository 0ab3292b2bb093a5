import { isPair, isScalar, visit, type Document } from "yaml";

/** A fault of a YAML text, in our words. `offset` counts UTF-16 units from its start. */
export type YamlFault = {
  readonly message: string;
  readonly hint?: string | undefined;
  readonly offset: number;
};

const CEL_KEYS = new Set(["where", "whereTarget", "at", "key", "summary", "title"]);
const CEL_KEY = /(?<![\w"'.])(?<name>where|whereTarget|at|key|summary|title)\s*:[ \t]+/g;

/**
 * The fault of CEL without the quotes that YAML needs, if it is the cause of a syntax error at `offset`: the error is inside the
 * expression, or on the rest of its line.
 */
export function findUnquotedCel(text: string, offset: number): YamlFault | undefined {
  const lineEnd = toLineEnd(text, offset);
  let found: RegExpExecArray | undefined;
  for (const match of text.slice(0, lineEnd).matchAll(CEL_KEY)) {
    if (match.index > offset) break;
    found = match;
  }
  if (found === undefined) return undefined;
  const from = found.index + found[0].length;
  const to = findEnd(text, from);
  const isQuoted = isWhole(text.slice(from, to).trim());
  const isNear = offset <= to + 1 || toLineEnd(text, from) === lineEnd;
  if (isQuoted || !isNear || /^[|>]/.test(text.slice(from))) return undefined;
  return toFault(found.groups?.["name"] ?? "where", text.slice(from, to).trim(), from);
}

/**
 * CEL in a { } without quotes that YAML can read, but not as it was meant: a comma ends the value, and what follows becomes keys.
 */
export function findSplitCel(text: string, document: Document.Parsed): readonly YamlFault[] {
  const faults: YamlFault[] = [];
  visit(document, {
    Map(_, map) {
      if (map.flow !== true) return undefined;
      for (const pair of map.items) {
        const { key, value } = pair;
        if (!isPair(pair) || !isScalar(key) || !isScalar(value) || value.type !== "PLAIN") continue;
        const name = String(key.value);
        const [from, until] = value.range ?? [0, 0];
        const to = from + text.slice(from, findEnd(text, from)).trimEnd().length;
        if (CEL_KEYS.has(name) && to > until) {
          faults.push(toFault(name, text.slice(from, to).trim(), from));
        }
      }
      return undefined;
    },
  });
  return faults;
}

function toFault(name: string, expression: string, offset: number): YamlFault {
  const message = `YAML: this CEL needs quotes: characters such as , : # ! { [ and " mean something else in YAML`;
  const isPlain = !expression.includes("\n") && expression.length < 300;
  const quoted = `'${expression.replaceAll("'", "''")}'`;
  const hint = isPlain
    ? `write ${name}: ${quoted}`
    : `put it into single quotes, with '' for a quote inside`;
  return { message, hint, offset };
}

/** The end of the expression that begins at `from`: the first comma, closing bracket or line end outside its own brackets and quotes. */
function findEnd(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"' || character === "'") {
      const closing = findClosingQuote(text, at);
      if (closing === undefined) return toLineEnd(text, from);
      at = closing;
    } else if ("([{".includes(character)) depth += 1;
    else if (")]}".includes(character)) {
      depth -= 1;
      if (depth < 0) return at;
    } else if (depth === 0 && (character === "," || character === "\n")) return at;
  }
  return text.length;
}

function findClosingQuote(text: string, opening: number): number | undefined {
  const quote = text.charAt(opening);
  for (let at = opening + 1; at < text.length && text.charAt(at) !== "\n"; at += 1) {
    if (text.charAt(at) === "\\") at += 1;
    else if (text.charAt(at) === quote) return at;
  }
  return undefined;
}

/** Whether the whole value is inside one pair of quotes, so that it needs no others. */
function isWhole(value: string): boolean {
  const quote = value.charAt(0);
  return (quote === '"' || quote === "'") && findClosingQuote(value, 0) === value.length - 1;
}

function toLineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}
