import { isInt64, isUint64, toCanonicalInt } from "../values/integer.ts";
import { Double, Uint, type Value } from "../values/value.ts";
import { SyntaxFaultError, type Token } from "./tokens.ts";

/** The value of a number or of a text as written. Throws a SyntaxFaultError if it cannot be one. */
export function toLiteral(token: Token): Value {
  const { text, offset } = token;
  switch (token.type) {
    case "int":
      return toIntLiteral(BigInt(text), offset);
    case "uint": {
      const value = BigInt(text.slice(0, -1));
      if (isUint64(value)) return new Uint(value);
      throw new SyntaxFaultError("the number does not fit into 64 bits", offset);
    }
    case "double":
      return new Double(toFinite(text, offset));
    case "literal":
      return toText(text, offset);
    case "name":
    case "escaped":
    case "sign":
    case "end":
      throw new SyntaxFaultError("syntax error", offset);
  }
}

/** Like Kubernetes, which has no literal of an infinity. */
export function toFinite(text: string, offset: number): number {
  const number = Number(text);
  if (Number.isFinite(number)) return number;
  throw new SyntaxFaultError("the number is too large", offset);
}

export function toIntLiteral(value: bigint, offset: number): Value {
  if (isInt64(value)) return toCanonicalInt(value);
  throw new SyntaxFaultError("the number does not fit into 64 bits", offset);
}

const LITERAL = /^(?<prefix>[bBrR]*)(?<quotes>"""|'''|"|')/;

function toText(text: string, offset: number): Value {
  const { prefix = "", quotes = "" } = LITERAL.exec(text)?.groups ?? {};
  const content = text
    .slice(prefix.length + quotes.length, text.length - quotes.length)
    .replaceAll(/\r\n?/g, "\n");
  const isBytes = /b/i.test(prefix);
  const isRaw = /r/i.test(prefix);
  if (!isBytes) return isRaw ? content : content.replaceAll(ESCAPE, (all) => unescape(all, offset));
  return isRaw ? Buffer.from(content) : toBytes(content, offset);
}

const ESCAPE = /\\(?:[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2}|[\s\S])/g;

const CHARACTERS: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "`": "`",
  "?": "?",
};

function unescape(escape: string, offset: number): string {
  const character = CHARACTERS[escape.slice(1)];
  if (character !== undefined) return character;
  const code = toCode(escape);
  const isSurrogate = code !== undefined && code >= 0xd8_00 && code <= 0xdf_ff;
  if (code === undefined || isSurrogate || code > 0x10_ff_ff) {
    throw new SyntaxFaultError(`${escape} is not an escape sequence`, offset);
  }
  return String.fromCodePoint(code);
}

/** The number of `\x41`, `A` or `\101`; undefined if it is none of these. */
function toCode(escape: string): number | undefined {
  if (/^\\[xXuU]./.test(escape)) return Number.parseInt(escape.slice(2), 16);
  return escape.length === 4 ? Number.parseInt(escape.slice(1), 8) : undefined;
}

/** In bytes, `\xff` and `\377` are one byte each, and `\u` is not allowed. */
function toBytes(content: string, offset: number): Uint8Array {
  const parts: Buffer[] = [];
  let at = 0;
  for (const { 0: escape, index } of content.matchAll(ESCAPE)) {
    parts.push(Buffer.from(content.slice(at, index)));
    at = index + escape.length;
    const character = CHARACTERS[escape.slice(1)];
    const code = /^\\[uU]/.test(escape) ? undefined : toCode(escape);
    if (character === undefined && code === undefined) {
      throw new SyntaxFaultError(`${escape} is not an escape sequence of bytes`, offset);
    }
    parts.push(character === undefined ? Buffer.from([code ?? 0]) : Buffer.from(character));
  }
  return new Uint8Array(Buffer.concat([...parts, Buffer.from(content.slice(at))]));
}
