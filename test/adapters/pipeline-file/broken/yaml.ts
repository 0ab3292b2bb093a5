import { HEAD, ruleFile, where, type BrokenFile } from "./rule-file.ts";

export const YAML: readonly BrokenFile[] = [
  ["an empty file", "", /empty/],
  ["a comment alone", "# nothing\n", /empty/],
  ["a list", "- a\n", /expected a pipeline/],
  ["a text", "hello\n", /expected a pipeline/],
  [
    "a ConfigMap",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\ndata: {}\n",
    /this is a ConfigMap/,
  ],
  [
    "another version",
    ruleFile("once: object").replace("v1alpha1", "v1"),
    /expected kubemend\.dev\/v1alpha1/,
  ],
  [
    "two documents",
    `${ruleFile("once: object")}---\n${ruleFile("once: object")}`,
    /YAML: a second document/,
    /one document/,
  ],
  [
    "a merge key",
    ruleFile("once: object").replace("- id", "- <<: { once: object }\n    id"),
    /merge keys/,
    /write the keys out/,
  ],
  [
    "a key that is written twice",
    ruleFile("once: object\nonce: change"),
    /YAML: the key "once" is written twice/,
  ],
  ["a tab", ruleFile("once: object").replace("    once", "\tonce"), /YAML: /],
  [
    "a wrong indentation",
    ruleFile("once: object").replace("    once", "   once"),
    /YAML: .*(?:indented|key: value)/,
  ],
  ["an unclosed bracket", `${HEAD}rules: [ { id: a\n`, /YAML: .*(?:bracket|comma)/],
  ["an unclosed quote", `${HEAD}rules: "a\n`, /YAML: a quote is never closed/],
  [
    "a tag",
    where("!has(object.spec)"),
    /YAML: this CEL needs quotes/,
    /where: '!has\(object\.spec\)'/,
  ],
  [
    "CEL that begins with a quote",
    where('"a" in object.metadata.labels'),
    /YAML: this CEL needs quotes/,
    /'"a" in object\.metadata\.labels'/,
  ],
  ["CEL with a colon", where("object.spec.suspend ? true : false"), /YAML: this CEL needs quotes/],
  [
    "CEL that begins with a bracket",
    where("['a', 'b'].exists(x, x == object.metadata.name)"),
    /YAML: this CEL needs quotes/,
  ],
  ["an alias of nothing", where("*name"), /YAML: \*name refers to an anchor/],
  ["a reserved character", where("@name"), /YAML: this CEL needs quotes|cannot begin with/],
  [
    "an unquoted comma in { }",
    ruleFile("once: object").replace(
      "- id: a",
      '- { id: b, where: object.status.conditions.exists(c, c.type == "Failed"), once: object }\n  - id: a',
    ),
    /YAML: this CEL needs quotes/,
    /where: 'object\.status\.conditions\.exists\(c, c\.type == "Failed"\)'/,
  ],
  [
    "an unquoted list in { }",
    ruleFile("once: object").replace(
      "- id: a",
      '- { id: b, where: object.metadata.name in ["a", "b"], once: object, then: [ { alert: { to: o } } ] }\n  - id: a',
    ),
    /YAML: this CEL needs quotes/,
  ],
  [
    "an unquoted map in { }",
    ruleFile("once: object").replace(
      "- id: a",
      '- { id: b, once: { key: object.metadata.labels["a"] + "x" }, then: [ ] }\n  - id: a',
    ),
    /YAML: this CEL needs quotes|key/,
  ],
  [
    "an escape that means nothing",
    ruleFile(String.raw`where: "object.metadata.name.matches('\d')"`),
    /YAML: .*inside double quotes/,
  ],
  ["deep nesting", `${HEAD}rules: ${"[".repeat(5_000)}${"]".repeat(5_000)}\n`, /nested/],
  [
    "deep nesting of fields",
    `${HEAD}rules: ${"{a: ".repeat(5_000)}1${"}".repeat(5_000)}\n`,
    /nested/,
  ],
  [
    "aliases of aliases",
    `${HEAD}a: &a [x]\nb: &b [${"*a,".repeat(99)}*a]\nc: [${"*b,".repeat(99)}*b]\n`,
    /YAML: aliases are repeated|more than/,
  ],
  ["infinity", where(".inf"), /not a JSON value|no form in JSON|CEL expression/],
  ["control characters", `${HEAD}"\\u001b[31m": 1\n`, /unknown key/],
  ["a key that is a list", `${HEAD}? [a, b]\n: c\n`, /unknown key|YAML/],
];
