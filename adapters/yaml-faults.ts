import type { YAMLError } from "yaml";
import { quote } from "../core/text/quote.ts";
import { findUnquotedCel, type YamlFault } from "./unquoted-cel.ts";

/**
 * The faults of a YAML text. A parser that has lost its place reports many faults that follow from the first one, so only that one
 * counts; keys that are written twice are independent of each other. CEL that needs quotes is the usual cause.
 */
export function toYamlFaults(text: string, problems: readonly YAMLError[]): readonly YamlFault[] {
  const sorted = problems.toSorted((a, b) => a.pos[0] - b.pos[0]);
  const first = sorted.find(({ code }) => code !== "DUPLICATE_KEY");
  if (first === undefined) return sorted.map((problem) => toFault(text, problem));
  return [findUnquotedCel(text, first.pos[0]) ?? toFault(text, first)];
}

function toFault(text: string, { code, pos, message }: YAMLError): YamlFault {
  const [offset] = pos;
  const [what, hint] = describe(text, code, offset, message);
  return { message: `YAML: ${what}`, hint, offset };
}

type Words = readonly [message: string, hint?: string];

function describe(text: string, code: YAMLError["code"], offset: number, message: string): Words {
  switch (code) {
    case "MULTIPLE_DOCS":
      return [
        "a second document begins here, and a pipeline is one document",
        "put all rules into one document, or validate several files: kubemend validate a.yaml b.yaml",
      ];
    case "DUPLICATE_KEY":
      return [`the key ${quote(readWord(text, offset))} is written twice`, "remove one of them"];
    case "TAB_AS_INDENT":
      return ["a tab cannot indent", "indent with spaces"];
    case "TAG_RESOLVE_FAILED":
      return [
        `${quote(readWord(text, offset))} would be a tag, and a pipeline has none`,
        "a value that begins with ! needs quotes",
      ];
    case "BAD_ALIAS":
      return [
        `${quote(readWord(text, offset))} would be an alias or an anchor, and has no name that fits`,
        "a value that begins with * or & needs quotes",
      ];
    case "BAD_SCALAR_START":
      return [
        `a value cannot begin with ${quote(text.charAt(offset))}`,
        "put the value into quotes",
      ];
    case "BAD_DQ_ESCAPE":
      return [
        `${quote(text.slice(offset, offset + 2))} means nothing inside double quotes`,
        String.raw`write \\ for a backslash, or use single quotes`,
      ];
    case "MULTILINE_IMPLICIT_KEY":
    case "BLOCK_AS_IMPLICIT_KEY":
    case "KEY_OVER_1024_CHARS":
      return [
        "this line cannot be read as key: value",
        "a value that contains a colon and a space needs quotes; lines of one list or of one group of keys begin at the same column",
      ];
    case "BAD_INDENT":
      if (/must end with|flow/i.test(message)) return UNCLOSED;
      return [
        "this line is not indented like the others that it belongs to",
        "keys of one group, and dashes of one list, begin at the same column",
      ];
    case "MISSING_CHAR":
      return describeMissing(message);
    case "RESOURCE_EXHAUSTION":
      return ["it is nested too deeply", "a pipeline needs about ten levels"];
    case "BLOCK_IN_FLOW":
      return ["lines with dashes or keys stand inside { } or [ ]", "separate them by commas there"];
    case "ALIAS_PROPS":
    case "MULTIPLE_ANCHORS":
    case "MULTIPLE_TAGS":
    case "BAD_PROP_ORDER":
    case "BAD_COLLECTION_TYPE":
    case "NON_STRING_KEY":
    case "BAD_DIRECTIVE":
    case "IMPOSSIBLE":
    case "UNEXPECTED_TOKEN":
      return [
        `nothing can be made of ${quote(readWord(text, offset))} here`,
        "check quotes, brackets, commas and the indentation before it",
      ];
  }
}

const UNCLOSED: Words = [
  "a comma or a closing bracket is missing before this",
  "inside { } and [ ], entries are separated by commas, and text with , [ ] { } needs quotes",
];

/** The library distinguishes the missing character only in its message. */
function describeMissing(message: string): Words {
  if (message.includes("closing")) {
    return [
      "a quote is never closed",
      "a quote inside a value: '' in single quotes, \\\" in double quotes",
    ];
  }
  if (message.startsWith("Comments")) return ["a comment needs a space before its #"];
  if (/flow|must end with|Missing ,/.test(message)) {
    return UNCLOSED;
  }
  if (message.startsWith("Sequence item")) {
    return [
      "this line has no dash, and is not indented like the keys before it",
      "keys of one entry begin at the same column",
    ];
  }
  if (message.startsWith("Implicit map keys")) {
    return ["this line has no key", "write key: value, with a space after the colon"];
  }
  return ["something is missing before this", "check quotes, brackets and commas before it"];
}

const CREDENTIAL_KEY =
  /(?:token|webhook|routingKey|signingKey|integrationKey|url|secret|password)["']?\s*:/i;

/** Whether the line up to here names a credential, so that no message may quote what follows. */
export function holdsCredential(text: string, offset: number): boolean {
  return CREDENTIAL_KEY.test(text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset));
}

function readWord(text: string, offset: number): string {
  if (holdsCredential(text, offset)) return "…";
  return (
    /^[^\s:,]{0,60}/.exec(text.slice(offset, offset + 60))?.[0] || text.slice(offset, offset + 1)
  );
}
