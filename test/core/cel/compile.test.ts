import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileExpression, type Bindings, type Evaluation } from "../../../core/cel/compile.ts";

const OBJECT: unknown = JSON.parse(`{
  "spec": {"replicas": 3, "ratio": 0.5, "big": 9007199254740993, "name": "web", "none": null},
  "list": [{"type": "X"}, {"status": "Y"}],
  "status": {"conditions": [{"type": "Failed", "status": "True"}]},
  "__proto__": {"p": 1}
}`);

function evaluate(source: string, bindings: Partial<Bindings> = {}): Evaluation {
  const compiled = compileExpression(source);
  if (!compiled.ok) throw new Error(compiled.error.message);
  const cluster = { name: "prod", uid: "u1" };
  return compiled.value.evaluate({
    object: OBJECT,
    cluster,
    now: "2026-01-01T00:10:00.000Z",
    ...bindings,
  });
}

describe("values", () => {
  test.each([
    ["object.spec.replicas + 1 == 4", true],
    ["object.spec.replicas * 2", 6],
    ["object.spec.ratio + 0.5", 1],
    ["object.spec.replicas * 1.5", 4.5],
    ["size(object.list)", 2],
    ["object.list.map(x, has(x.type))", [true, false]],
    ['object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")', true],
    ['"conditions" in object.status', true],
    ['object.spec == {"replicas": 3}', false],
    ["object.list[0]", { type: "X" }],
    ["cluster.name + '/' + cluster.uid", "prod/u1"],
    ["now - timestamp('2026-01-01T00:00:00Z') == duration('10m')", true],
    ["now", "2026-01-01T00:10:00Z"],
    ["object.__proto__.p", 1],
  ])("%s", (source, value) => {
    expect(evaluate(source)).toEqual({ outcome: "value", value });
  });

  test("change and references are lists and maps like the object", () => {
    const change = { kind: "added", gap: false };
    const references = [{ relation: "owner", result: { outcome: "unresolved" } }];
    const source =
      "change.kind + ' ' + references.filter(r, r.relation == 'owner')[0].result.outcome";
    expect(evaluate(source, { change, references })).toEqual({
      outcome: "value",
      value: "added unresolved",
    });
  });
});

describe("a field that does not exist is unknown, with its path", () => {
  test.each([
    ["object.status.phase.x == 1", "object.status.phase"],
    ['object.spec["nope"]', 'object.spec["nope"]'],
    ["object.list[7].type", "object.list[7]"],
    ["object.list.map(x, x.type)", "object.list[].type"],
    ["has(object.meta.name)", "object.meta"],
    ["object.spec.none.x", "object.spec.none.x"],
    ["object.constructor", "object.constructor"],
    ["object.spec.missing || object.spec.name", "object.spec.missing"],
    ["object.list.filter(x, true).exists(x, x.none == 1)", "object.list.filter(…)[].none"],
    ["object.list.filter(x, true)[0].none", "object.list.filter(…)[0].none"],
    ["object.list.map(x, {'a': 1})[0].b", "object.list.map(…)[0].b"],
    ["dyn(object).none", "object.none"],
    ["[object][0].none", "[…][0].none"],
    ["{'a': object}.a.none", "{…}.a.none"],
    ["object.spec.name.split(',')[7]", "object.spec.name.split(…)[7]"],
  ])("%s", (source, path) => {
    expect(evaluate(source)).toEqual({ outcome: "unknown", path });
  });

  test("a variable that is not bound is unknown too", () => {
    expect(evaluate("change.kind == 'added'")).toEqual({ outcome: "unknown", path: "change" });
  });

  test("if the answer does not depend on it, there is an answer", () => {
    expect(evaluate("object.missing == 1 || true")).toEqual({ outcome: "value", value: true });
  });

  test("null counts as absent for has()", () => {
    expect(evaluate("has(object.spec.none)")).toEqual({ outcome: "value", value: false });
  });
});

describe("what does not fit is an error, not unknown", () => {
  test.each([
    ["size(object.list) + 0.5", /\+ does not take \(int, double\)/],
    ["object.spec.ratio * 2", /\* does not take \(double, int\)/],
    ["object.spec.name.first", /object\.spec\.name\.first: the value before it has no fields/],
    ["object.spec.name ? 1 : 2", /does not take/],
    ["1 / 0", /zero/],
  ])("%s", (source, message) => {
    const result = evaluate(source);
    expect(result).toMatchObject({ outcome: "error" });
    expect(result.outcome === "error" && result.message).toMatch(message);
  });
});

describe("faults are found when it is compiled, with their offset", () => {
  test.each([
    ["object.a &&& object.b", '"&&&" is not an operator', 9],
    ["object.a = 1", '"=" is not an operator: equality is ==', 9],
    ["object.a and true", '"and" is not an operator: and is &&', 9],
    ["(object.a", '"(" is never closed', 0],
    ["object.a)", '")" closes nothing', 8],
    ['object.a == "x', "a text without a closing quote", 12],
    ["object.a ==", "ends too early", 11],
    ["", "is empty", 0],
    [
      "foo.bar",
      "unknown variable foo: the variables are object, change, references, cluster, now",
      0,
    ],
    ["object.list.exists(c, d.type == 'X')", expect.stringMatching(/unknown variable d/), 22],
    ["object.a.lower()", "unknown function lower: did you mean lowerAscii?", 8],
    ["object.a.contains()", "there is no x.contains() with 0 arguments", 8],
    ["exists(object.list, 1)", "exists is written list.exists(x, condition on x)", 0],
    ["object.a.matches('(')", expect.stringMatching(/missing closing/), 8],
    ["object.a.matches(object.b)", expect.stringMatching(/must be a literal/), 8],
    ["object.a.matches('(a{1000}){1000}')", expect.stringMatching(/repeats too much/), 8],
    ["google.protobuf.Duration{seconds: 1}", expect.stringMatching(/are not supported/), 0],
  ])("%s", (source, message, offset) => {
    expect(compileExpression(source)).toEqual({ ok: false, error: { message, offset } });
  });
});

describe("bounds", () => {
  test("macros nest twice and no deeper", () => {
    const nest = (depth: number): string =>
      depth === 0 ? "true" : `object.list.all(x${depth}, ${nest(depth - 1)})`;
    expect(compileExpression(nest(2)).ok).toBe(true);
    expect(compileExpression(nest(3))).toMatchObject({
      ok: false,
      error: { message: "macros are nested more than 2 deep" },
    });
  });

  test("macros in a row are not nested", () => {
    const source = "object.list.filter(a, true).filter(b, true).filter(c, true).all(d, true)";
    expect(compileExpression(source).ok).toBe(true);
  });

  test("length and number of parts are bounded", () => {
    expect(compileExpression(`'${"x".repeat(4096)}'`).ok).toBe(false);
    expect(compileExpression(Array(600).fill("1").join("+")).ok).toBe(false);
  });

  test.each(["(", "[", "-(", "!"])(
    "deep nesting of %s is refused or answered, never thrown",
    (open) => {
      const close = { "(": ")", "[": "]", "-(": ")", "!": "" }[open] ?? "";
      const count = Math.floor(2000 / open.length);
      const compiled = compileExpression(open.repeat(count) + "true" + close.repeat(count));
      expect(typeof compiled.ok).toBe("boolean");
    },
  );
});

test("no source and no object makes it throw", () => {
  const token = fc.constantFrom(
    ..."object . status ( ) [ ] { } && || ! == 'a' 1 exists c , ? : null in has size now".split(
      " ",
    ),
  );
  const source = fc.array(token, { maxLength: 12 }).map((tokens) => tokens.join(" "));
  fc.assert(
    fc.property(source, fc.jsonValue(), (text, object) => {
      const compiled = compileExpression(text);
      if (!compiled.ok) return;
      const cluster = { name: "c", uid: "u" };
      const result = compiled.value.evaluate({ object, cluster, now: "2026-01-01T00:00:00.000Z" });
      expect(["value", "unknown", "error"]).toContain(result.outcome);
    }),
    { numRuns: 500 },
  );
});
