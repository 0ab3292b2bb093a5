import { describe, type FunctionGroup } from "./function-doc.ts";

export const TEXTS: FunctionGroup = {
  title: "Texts",
  functions: [
    describe(
      "contains",
      "string.contains(string): bool",
      "Whether a text has another one in it.",
      '"abc".contains("b")',
    ),
    describe(
      "startsWith",
      "string.startsWith(string): bool",
      "Whether a text begins with another one.",
      '"abc".startsWith("a")',
    ),
    describe(
      "endsWith",
      "string.endsWith(string): bool",
      "Whether a text ends with another one.",
      '"abc".endsWith("c")',
    ),
    describe(
      "lowerAscii",
      "string.lowerAscii(): string",
      "With small letters instead of A to Z.",
      '"ABC".lowerAscii() == "abc"',
    ),
    describe(
      "upperAscii",
      "string.upperAscii(): string",
      "With capital letters instead of a to z.",
      '"abc".upperAscii() == "ABC"',
    ),
    describe(
      "trim",
      "string.trim(): string",
      "Without white space at both ends.",
      '" a ".trim() == "a"',
    ),
    describe(
      "charAt",
      "string.charAt(int): string",
      "The character at a position, from 0; empty at the end.",
      '"abc".charAt(1) == "b"',
    ),
    describe(
      "indexOf",
      [
        "string.indexOf(string): int",
        "string.indexOf(string, int): int",
        "list<T>.indexOf(T): int",
      ],
      "Where a part, or an item, is found first, from a position on; -1 if nowhere.",
      '"tacocat".indexOf("c", 3) == 4',
    ),
    describe(
      "lastIndexOf",
      [
        "string.lastIndexOf(string): int",
        "string.lastIndexOf(string, int): int",
        "list<T>.lastIndexOf(T): int",
      ],
      "Where a part, or an item, is found last, up to a position; -1 if nowhere.",
      '"tacocat".lastIndexOf("c") == 4',
    ),
    describe(
      "substring",
      ["string.substring(int): string", "string.substring(int, int): string"],
      "From one position up to another one, or to the end.",
      '"tacocat".substring(0, 4) == "taco"',
    ),
    describe(
      "replace",
      ["string.replace(string, string): string", "string.replace(string, string, int): string"],
      "With another text for each part, or for so many of them.",
      '"a-b-c".replace("-", ".", 1) == "a.b-c"',
    ),
    describe(
      "split",
      ["string.split(string): list<string>", "string.split(string, int): list<string>"],
      "The parts between separators, at most so many.",
      '"a,b,c".split(",", 2) == ["a", "b,c"]',
    ),
    describe(
      "join",
      ["list<string>.join(): string", "list<string>.join(string): string"],
      "The texts of a list as one, with a separator.",
      '["a", "b"].join("-") == "a-b"',
    ),
    describe(
      "format",
      "string.format(list<any>): string",
      "A text with values in it: `%s` any value, `%d` `%x` `%X` `%o` `%b` whole numbers, `%f` `%e` doubles.",
      '"%s has %d".format(["x", 3]) == "x has 3"',
    ),
    describe(
      "strings.quote",
      "strings.quote(string): string",
      "In double quotes, with escapes as in CEL.",
      `strings.quote('a"b') == '"a\\\\"b"'`,
    ),
  ],
};

export const PATTERNS: FunctionGroup = {
  title: "Patterns",
  functions: [
    describe(
      "matches",
      ["string.matches(string): bool", "matches(string, string): bool"],
      "Whether a text contains a match of a pattern in RE2 syntax, which is a literal.",
      '"v1.2".matches("^v[0-9]+")',
    ),
    describe(
      "find",
      "string.find(string): string",
      "The first match; empty if there is none.",
      '"app:v1.2".find("v[0-9.]+") == "v1.2"',
    ),
    describe(
      "findAll",
      ["string.findAll(string): list<string>", "string.findAll(string, int): list<string>"],
      "All matches, or so many of them.",
      '"a1b22".findAll("[0-9]+") == ["1", "22"]',
    ),
  ],
};
