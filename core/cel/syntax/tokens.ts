/** A word of an expression. `sign` is an operator, a bracket or a comma; `escaped` an identifier in backticks. */
export type Token = {
  readonly type: "name" | "escaped" | "int" | "uint" | "double" | "literal" | "sign" | "end";
  readonly text: string;
  readonly offset: number;
};

/** A fault of the source with its place. */
export class SyntaxFaultError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** https://github.com/google/cel-go/blob/v0.26.0/parser/gen/CEL.g4 */
const TOKENS = [
  // A raw text ends at its first quote; in others a backslash takes the next character with it.
  /(?<literal>[bB]?[rR](?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?!"")[^"\n\r]*"|'(?!'')[^'\n\r]*')|[bB]?(?:"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?!"")(?:\\.|[^"\\\n\r])*"|'(?!'')(?:\\.|[^'\\\n\r])*'))/,
  /(?<double>\d+\.\d+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+|\.\d+(?:[eE][-+]?\d+)?)/,
  /(?<uint>(?:0x[0-9a-fA-F]+|\d+)[uU])/,
  /(?<int>0x[0-9a-fA-F]+|\d+)/,
  /(?<name>[a-zA-Z_]\w*)/,
  /(?<escaped>`[\w.\-/ ]+`)/,
  /(?<sign>&&|\|\||[=!<>]=|[-+*/%!<>?:.,()[\]{}])/,
];
const TOKEN: RegExp = new RegExp(TOKENS.map(({ source }) => source).join("|"), "y");
const SPACE = /(?:[\t\n\f\r ]|\/\/[^\n]*)*/y;

/** The words of a source, with an `end` as the last one. Throws a SyntaxFaultError at what is no word. */
export function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let offset = skipSpace(source, 0);
  while (offset < source.length) {
    TOKEN.lastIndex = offset;
    const match = TOKEN.exec(source);
    const [type, text] =
      Object.entries(match?.groups ?? {}).find(([, one]) => one !== undefined) ?? [];
    if (type === undefined || text === undefined) {
      throw new SyntaxFaultError("syntax error", offset);
    }
    tokens.push({ type: type as Token["type"], text, offset });
    offset = skipSpace(source, offset + text.length);
  }
  tokens.push({ type: "end", text: "", offset: source.length });
  return tokens;
}

function skipSpace(source: string, offset: number): number {
  SPACE.lastIndex = offset;
  SPACE.test(source);
  return SPACE.lastIndex;
}
