import { expect, test } from "vitest";
import { compileExpression } from "../../../core/cel/compile.ts";
import { splitConjunction } from "../../../core/simulate/split-conjunction.ts";
import { readCpuMs } from "../../support/host/cpu-time.ts";

test.each<[string, readonly string[]]>([
  ["a", ["a"]],
  ["a && b&&c", ["a", "b", "c"]],
  ["(a && b) && (c)", ["a", "b", "c"]],
  ["((a && b))", ["a", "b"]],
  ["a && (b || c)", ["a", "b || c"]],
  ["a && b || c", ["a && b || c"]],
  ["a ? b && c : d && e", ["a ? b && c : d && e"]],
  ["l.exists(c, c.x && c.y) && m[a && b]", ["l.exists(c, c.x && c.y)", "m[a && b]"]],
  [`a == "x && y" && b == 'it''s && "z"'`, [`a == "x && y"`, `b == 'it''s && "z"'`]],
  [String.raw`a == "\" && " && b`, [String.raw`a == "\" && "`, "b"]],
  [String.raw`a == r"\" && b`, [String.raw`a == r"\"`, "b"]],
  [`a == """one " && ""two""" && b`, [`a == """one " && ""two"""`, "b"]],
  ["a // && c\n && b", ["a // && c", "b"]],
  ["color && x in'a && b'", ["color", "x in'a && b'"]],
  ["a && (b ? c : d)", ["a", "b ? c : d"]],
  ["a.?b.orValue(true) && c[?0].hasValue()", ["a.?b.orValue(true)", "c[?0].hasValue()"]],
])("%s", (source, parts) => {
  expect(splitConjunction(source)).toEqual(parts);
});

const DATA = { object: { a: true, b: false, s: "x && y", l: [1, 2] } };

test.each([
  "object.a && object.b",
  "(object.a && (object.s == 'x && y')) && object.l.exists(i, i > 1 && i < 3)",
  "object.a || object.b && object.b",
  `object.s == "x && y" && object.s.matches(r"^x && \\w$")`,
])("all parts hold if and only if the whole does: %s", (source) => {
  const evaluate = (text: string): unknown => {
    const compiled = compileExpression(text);
    if (!compiled.ok) throw new Error(compiled.error.message);
    return compiled.value.evaluate({ ...DATA, cluster: { name: "c", uid: "u" }, now: "" });
  };
  const parts = splitConjunction(source).map((part) => evaluate(part));
  const all = parts.every((part) => (part as { value?: unknown }).value === true);
  expect(evaluate(source)).toEqual({ outcome: "value", value: all });
});

test("many nested parentheses are fast", () => {
  const source = `${"(".repeat(500)}a${")".repeat(500)}`;
  const startedAt = readCpuMs();
  expect(splitConjunction(source)).toEqual(["a"]);
  expect(readCpuMs() - startedAt).toBeLessThan(2000);
});
