import { TypeValue, Double } from "../values/value.ts";
import { toFinite, toIntLiteral, toLiteral } from "./literals.ts";
import { toMacro } from "./macros.ts";
import { SyntaxFaultError, tokenize, type Token } from "./tokens.ts";
import { toFieldPath, type Expr, type ListItem, type MapEntry } from "./tree.ts";

/** The binary operators, by how tightly they bind. */
const PRECEDENCE: Readonly<Record<string, number>> = {
  "||": 1,
  "&&": 2,
  "==": 3,
  "!=": 3,
  "<": 3,
  "<=": 3,
  ">": 3,
  ">=": 3,
  in: 3,
  "+": 4,
  "-": 4,
  "*": 5,
  "/": 5,
  "%": 5,
};

/** Words that cannot be names, because CEL keeps them for itself. */
const RESERVED = new Set(
  "as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);
/** The first part of functions such as `sets.contains`. */
const NAMESPACES = new Set(["sets", "optional", "lists", "strings", "format", "ip"]);
/** The last names of `TIME_TYPES`. */
const TIME_FIELDS = new Set(["Timestamp", "Duration"]);
const TIME_TYPES = new Set(["google.protobuf.Timestamp", "google.protobuf.Duration"]);

/** Deepest nesting, so that the recursion is bounded. The API server's parser has 250. */
const MAX_DEPTH = 200;

/**
 * Parses a CEL expression as the API server does: with optional fields, indexes, items and entries (`a.?b`, `a[?0]`, `[?a]`,
 * `{?"k": a}`), and with macros of one and two variables. Throws a SyntaxFaultError with the place of the first fault.
 */
export function parse(source: string): Expr {
  const parser = new Parser(tokenize(source));
  const expr = parser.parseExpression();
  parser.expectEnd();
  return expr;
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  expectEnd(): void {
    if (this.#token.type !== "end") this.#fail();
  }

  get #token(): Token {
    return this.#tokens[this.#at] ?? { type: "end", text: "", offset: 0 };
  }

  #next(): Token {
    const token = this.#token;
    this.#at += 1;
    return token;
  }

  /** Whether the next token is this sign, which is then taken. */
  #take(sign: string): boolean {
    const found = this.#token.type === "sign" && this.#token.text === sign;
    if (found) this.#at += 1;
    return found;
  }

  #expect(sign: string): void {
    if (!this.#take(sign)) this.#fail();
  }

  #fail(): never {
    const { type, text, offset } = this.#token;
    if (type === "end") throw new SyntaxFaultError("ends too early", offset);
    const reason = RESERVED.has(text) ? "reserved word" : "syntax error";
    throw new SyntaxFaultError(reason, offset);
  }

  parseExpression(): Expr {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new SyntaxFaultError("nested too deeply", 0);
    const condition = this.#parseBinary(1);
    const { offset } = this.#token;
    if (this.#take("?")) {
      const then = this.#parseBinary(1);
      this.#expect(":");
      const otherwise = this.parseExpression();
      this.#depth -= 1;
      return { type: "call", name: "?:", args: [condition, then, otherwise], offset };
    }
    this.#depth -= 1;
    return condition;
  }

  #parseBinary(least: number): Expr {
    let left = this.#parseUnary();
    for (;;) {
      const { text, type, offset } = this.#token;
      const precedence = type === "sign" || text === "in" ? PRECEDENCE[text] : undefined;
      if (precedence === undefined || precedence < least) return left;
      this.#at += 1;
      const right = this.#parseBinary(precedence + 1);
      left = { type: "call", name: text, args: [left, right], offset };
    }
  }

  /** `!x`, `-x`; of a row of the same sign every second one cancels the one before, as in the API server's parser. */
  #parseUnary(): Expr {
    const { text, offset, type } = this.#token;
    if (type !== "sign" || (text !== "!" && text !== "-")) return this.#parseMember();
    let count = 0;
    while (this.#take(text)) count += 1;
    const { type: kind, offset: at } = this.#token;
    if (text === "-" && (kind === "int" || kind === "double")) {
      return this.#wrap("-_", count - 1, this.#parsePostfix(this.#negate(at)), offset);
    }
    return this.#wrap(`${text}_`, count, this.#parseMember(), offset);
  }

  #wrap(name: string, count: number, operand: Expr, offset: number): Expr {
    return count % 2 === 0 ? operand : { type: "call", name, args: [operand], offset };
  }

  /** A minus before a number belongs to the number, so that the least int can be written. */
  #negate(offset: number): Expr {
    const token = this.#next();
    const value =
      token.type === "int"
        ? toIntLiteral(-BigInt(token.text), offset)
        : new Double(-toFinite(token.text, offset));
    return { type: "constant", value, offset };
  }

  #parseMember(): Expr {
    return this.#parsePostfix(this.#parsePrimary());
  }

  #parsePostfix(primary: Expr): Expr {
    let expr = primary;
    for (;;) {
      const { offset } = this.#token;
      if (this.#take(".")) expr = this.#parseSelect(expr, offset);
      else if (this.#take("[")) {
        const isOptional = this.#take("?");
        const index = this.parseExpression();
        this.#expect("]");
        expr = { type: "index", operand: expr, index, isOptional, offset };
      } else return expr;
    }
  }

  #parseSelect(operand: Expr, offset: number): Expr {
    const isOptional = this.#take("?");
    this.#refuseBackticks();
    const field = this.#parseName(true);
    if (!isOptional && this.#take("(")) return this.#toCall(field, operand, offset);
    const select: Expr = { type: "select", operand, field, isOptional, offset };
    const isMessage = this.#token.text === "{";
    // Asked of each field of a long chain, this would take the square of its length.
    if (!isMessage && !TIME_FIELDS.has(field)) return select;
    const path = toFieldPath(select)?.join(".") ?? "";
    if (isMessage && path !== "") {
      const message = `message types such as ${path}{...} are not supported`;
      throw new SyntaxFaultError(message, toStart(select));
    }
    return TIME_TYPES.has(path) ? { type: "constant", value: new TypeValue(path), offset } : select;
  }

  /** Newer CEL has names in backticks; that of Kubernetes has not. */
  #refuseBackticks(): void {
    const { type, text, offset } = this.#token;
    if (type !== "escaped") return;
    const name = JSON.stringify(text.slice(1, -1));
    throw new SyntaxFaultError(`a name in backticks is written [${name}], without the dot`, offset);
  }

  /** An identifier. As the name of a field, a reserved word is one too, except for those of the grammar. */
  #parseName(isField: boolean): string {
    const { type, text } = this.#token;
    const isWord = text === "true" || text === "false" || text === "null" || text === "in";
    if (type !== "name" || isWord || (!isField && RESERVED.has(text))) this.#fail();
    return this.#next().text;
  }

  #toCall(name: string, target: Expr, offset: number): Expr {
    const args = this.#parseArguments();
    if (target.type === "variable" && NAMESPACES.has(target.name)) {
      return { type: "call", name: `${target.name}.${name}`, args, offset: target.offset };
    }
    return toMacro(name, target, args, offset) ?? { type: "call", name, target, args, offset };
  }

  #parseArguments(): readonly Expr[] {
    const args: Expr[] = [];
    if (this.#take(")")) return args;
    do args.push(this.parseExpression());
    while (this.#take(","));
    this.#expect(")");
    return args;
  }

  #parsePrimary(): Expr {
    const token = this.#token;
    const { offset, text, type } = token;
    if (type === "int" || type === "uint" || type === "double" || type === "literal") {
      return { type: "constant", value: toLiteral(this.#next()), offset };
    }
    if (type === "name" && Object.hasOwn(CONSTANTS, text)) {
      this.#at += 1;
      return { type: "constant", value: CONSTANTS[text] ?? null, offset };
    }
    if (this.#take("(")) {
      const inner = this.parseExpression();
      this.#expect(")");
      return inner;
    }
    if (this.#take("[")) return { type: "list", items: this.#parseItems(), offset };
    if (this.#take("{")) return { type: "map", entries: this.#parseEntries(), offset };
    const isAbsolute = this.#take(".");
    const name = this.#parseName(false);
    if (!this.#take("(")) {
      const variable = { type: "variable", name, offset } as const;
      return isAbsolute ? { ...variable, isAbsolute } : variable;
    }
    return toHas(name, this.#parseArguments(), offset);
  }

  #parseItems(): readonly ListItem[] {
    const items: ListItem[] = [];
    while (!this.#take("]")) {
      const isOptional = this.#take("?");
      items.push({ value: this.parseExpression(), isOptional });
      if (this.#take("]")) break;
      this.#expect(",");
    }
    return items;
  }

  #parseEntries(): readonly MapEntry[] {
    const entries: MapEntry[] = [];
    while (!this.#take("}")) {
      const isOptional = this.#take("?");
      const key = this.parseExpression();
      this.#expect(":");
      entries.push({ key, value: this.parseExpression(), isOptional });
      if (this.#take("}")) break;
      this.#expect(",");
    }
    return entries;
  }
}

const CONSTANTS: Readonly<Record<string, boolean | null>> = {
  true: true,
  false: false,
  null: null,
};

/** `has(a.b)`, or a function. */
function toHas(name: string, args: readonly Expr[], offset: number): Expr {
  const [field] = args;
  if (name !== "has" || args.length !== 1 || field?.type !== "select") {
    return { type: "call", name, args, offset };
  }
  return { ...field, type: "has" };
}

function toStart(expr: Expr): number {
  return expr.type === "select" ? toStart(expr.operand) : expr.offset;
}
