import { SyntaxFaultError } from "./tokens.ts";

/** `offset` counts UTF-16 units from the start of the source. */
export type SyntaxFault = { readonly message: string; readonly offset?: number };

/**
 * Describes what is wrong with an expression that did not parse. The parser reports where it could not go on, which may be behind
 * the fault, so the usual mistakes are looked for first.
 */
export function toSyntaxFault(error: unknown, source: string): SyntaxFault {
  if (error instanceof RangeError) return { message: "nested too deeply", offset: 0 };
  if (source.trim() === "") return { message: "is empty", offset: 0 };
  const slip = findSlip(source);
  if (slip !== undefined) return slip;
  if (!(error instanceof SyntaxFaultError)) return { message: "syntax error" };
  const { message, offset } = error;
  if (message !== "syntax error" && message !== "reserved word") return { message, offset };
  const near = JSON.stringify(source.slice(offset, offset + 20).trim());
  return { message: `${message} at ${near}`, offset };
}

/** Strings first, so that their content is skipped; then brackets, then operators of other languages. */
const TOKENS =
  /(?<string>[bBrR]{0,2}(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))|(?<open>[([{])|(?<close>[)\]}])|(?<quote>["'])|(?<slip>&&&+|\|\|\|+|===+|!==|(?<!&)&(?!&)|(?<!\|)\|(?!\|)|(?<![=!<>])=(?!=)|;|\b(?:and|or|not)\b(?=\s))/g;

const RIGHT: Readonly<Record<string, string>> = {
  "=": "equality is ==",
  "===": "equality is ==",
  "!==": "inequality is !=",
  "&": "and is &&",
  "|": "or is ||",
  and: "and is &&",
  or: "or is ||",
  not: "not is !",
};

const PAIRS: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

function findSlip(source: string): SyntaxFault | undefined {
  const open: { readonly text: string; readonly offset: number }[] = [];
  for (const token of source.matchAll(TOKENS)) {
    const [text] = token;
    const offset = token.index;
    const { slip, quote, close } = token.groups ?? {};
    if (slip !== undefined) {
      const right = Object.hasOwn(RIGHT, slip) ? `: ${RIGHT[slip]}` : "";
      return { message: `${JSON.stringify(slip)} is not an operator${right}`, offset };
    }
    if (quote !== undefined) return { message: "a text without a closing quote", offset };
    if (token.groups?.["open"] !== undefined) open.push({ text, offset });
    if (close === undefined) continue;
    const last = open.pop();
    if (last === undefined || PAIRS[last.text] !== close) {
      return { message: `${JSON.stringify(close)} closes nothing`, offset };
    }
  }
  const unclosed = open.at(-1);
  if (unclosed === undefined) return undefined;
  return { message: `${JSON.stringify(unclosed.text)} is never closed`, offset: unclosed.offset };
}
