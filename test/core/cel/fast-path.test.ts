import { parse } from "@bufbuild/cel";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compileExpression, type Bindings, type Evaluation } from "../../../core/cel/compile.ts";
import { compileFastPath } from "../../../core/cel/fast-path.ts";
import { UNDECIDED } from "../../../core/cel/fast-path-steps.ts";
import { collectAccessPaths } from "../../../core/cel/access-paths.ts";

function bind(object: unknown): Bindings {
  const references = [{ field: "metadata.ownerReferences[0]", relation: "owner" }];
  const cluster = { name: "prod", uid: "u" };
  return {
    object,
    references,
    cluster,
    change: { kind: "added" },
    now: "2026-01-01T00:00:00.000Z",
  };
}

function evaluate(source: string, bindings: Bindings): Evaluation {
  const compiled = compileExpression(source);
  if (!compiled.ok) throw new Error(`${source}: ${compiled.error.message}`);
  return compiled.value.evaluate(bindings);
}

/** The fast path does not support a choice. */
const byLibrary = (source: string, bindings: Bindings): Evaluation =>
  evaluate(`true ? (${source}) : false`, bindings);

function direct(source: string, object: unknown): unknown {
  const { expr } = parse(source);
  return compileFastPath(expr, collectAccessPaths(expr))?.(bind(object));
}

const names = fc.constantFrom("a", "b", "type", "__proto__");
const texts = fc.constantFrom("x", "y", "", "xy", "é😀", "\ud800");
const scalars = fc.oneof(
  texts,
  fc.boolean(),
  fc.constantFrom(0, 1, -1, 0.5, 1e300, 2 ** 53, -0),
  fc.constant(null),
);

const { value: objects } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalars,
    fc.array(tie("value"), { maxLength: 3 }),
    fc
      .array(fc.tuple(names, tie("value")), { maxLength: 4 })
      .map((entries) => Object.fromEntries(entries) as unknown),
  ),
}));

/** Typical objects, mixed with values that fit no expression, so that both are tested. */
const fields = fc.record({ a: texts, b: scalars, type: texts }, { requiredKeys: ["type"] });
const shaped = fc.record(
  { a: fc.array(fields, { maxLength: 3 }), b: fields, type: texts },
  { requiredKeys: ["a"] },
);

const quoted = texts.filter((text) => text !== "\ud800").map((text) => JSON.stringify(text));
const numbers = fc.constantFrom("0", "1", "-1", "9007199254740993", "0.5");

const { condition } = fc.letrec<{ place: string; operand: string; condition: string }>((tie) => ({
  place: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom("object", "object.a", "object.type", "item", "item.type", "change.kind"),
    fc.tuple(tie("place"), fc.constantFrom("a", "b", "type")).map((parts) => parts.join(".")),
    fc.tuple(tie("place"), names).map(([place, name]) => `${place}["${name}"]`),
  ),
  operand: fc.oneof(tie("place"), tie("place"), quoted, numbers, fc.constantFrom("true", "null")),
  condition: fc.oneof(
    { depthSize: "small" },
    fc
      .tuple(tie("operand"), fc.constantFrom("==", "!=", "<", "<=", ">", ">="), tie("operand"))
      .map(([left, operator, right]) => `${left} ${operator} ${right}`),
    tie("place"),
    fc
      .tuple(
        tie("place"),
        names.filter((name) => name !== "__proto__"),
      )
      .map(([place, name]) => `has(${place}.${name})`),
    fc
      .tuple(tie("place"), fc.constantFrom("startsWith", "endsWith", "contains"), quoted)
      .map(([place, name, text]) => `${place}.${name}(${text})`),
    fc
      .tuple(tie("place"), fc.array(quoted, { maxLength: 3 }))
      .map(([place, list]) => `${place} in [${list.join(", ")}]`),
    tie("condition").map((inner) => `!(${inner})`),
    fc
      .tuple(tie("condition"), fc.constantFrom("&&", "||"), tie("condition"))
      .map(([left, operator, right]) => `(${left}) ${operator} (${right})`),
    fc
      .tuple(tie("place"), fc.constantFrom("exists", "all"), tie("condition"))
      .map(([place, macro, inner]) => `${place}.${macro}(item, ${inner})`),
  ),
}));

/** `item` is a variable only inside a macro, and macros nest at most twice. */
const expressions = condition
  .map((inner) => (inner.includes("item") ? `object.a.all(item, ${inner})` : inner))
  .filter((source) => compileExpression(source).ok);

const RUNS = Number(process.env["KUBEMEND_PROPERTY_RUNS"] ?? 400);

test(
  "whatever is decided directly is what the library decides",
  () => {
    let decided = 0;
    fc.assert(
      fc.property(expressions, fc.oneof(shaped, shaped, objects), (source, object) => {
        const answer = evaluate(source, bind(object));
        expect(answer).toEqual(byLibrary(source, bind(object)));
        const value = direct(source, object);
        if (value !== undefined && value !== UNDECIDED) decided += 1;
      }),
      { numRuns: RUNS },
    );
    expect(decided).toBeGreaterThan(RUNS / 20);
  },
  60_000 * Math.ceil(RUNS / 1_000),
);

const OBJECT = {
  metadata: { name: "web", labels: { app: "web" } },
  spec: { replicas: 3 },
  status: { conditions: [{ type: "Failed", status: "True" }, { type: "Complete" }] },
};

test.each([
  [`object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")`, true],
  [
    `object.status.conditions.all(c, c.status == "True")`,
    { path: "object.status.conditions[].status" },
  ],
  [`object.spec.paused == true`, { path: "object.spec.paused" }],
  [`has(object.spec.paused) && object.spec.paused`, false],
  [`object.metadata.labels["app"] in ["web", "api"]`, true],
  [`object.spec.replicas > 2 && !object.metadata.name.startsWith("kube-")`, true],
  [`change.kind == "added" || cluster.name == "test"`, true],
  [`object.spec.paused && object.spec.replicas == 3`, { path: "object.spec.paused" }],
  [`object.spec.replicas == 3 && object.spec.paused`, { path: "object.spec.paused" }],
  [`object.spec.paused && object.spec.replicas == 4`, false],
  [`object.spec.paused || object.spec.replicas == 4`, { path: "object.spec.paused" }],
  [`object.spec.paused || object.spec.replicas == 3`, true],
  [`object.spec.paused || object.spec.stopped`, { path: "object.spec.paused" }],
  [
    `object.status.conditions.exists(c, c.status == "No")`,
    { path: "object.status.conditions[].status" },
  ],
  [`object.status.conditions.exists(c, c.status == "No" || c.type == "Complete")`, true],
  [`object.status.conditions.all(c, c.status == "No")`, false],
  [`object.status.conditions.all(c, c.type != "X")`, true],
])("%s is decided directly, and so by the library", (source, expected) => {
  expect(direct(source, OBJECT)).toEqual(expected);
  const answer = typeof expected === "object" ? expected : { value: expected };
  expect(byLibrary(source, bind(OBJECT))).toMatchObject(answer);
});

test.each([
  ["another type", `object.metadata.name == 1`],
  ["a field of a text", `object.metadata.name.first == "w"`],
  ["a label that is not there", `object.metadata.labels["team"] == "data"`],
  ["a macro over a map", `object.metadata.labels.exists(key, key == "app")`],
  ["what has no value", `references.exists(r, r.relation == "owner")`],
])("%s is left to the library", (_, source) => {
  const { expr } = parse(source);
  const answer = compileFastPath(expr, collectAccessPaths(expr))?.({ object: OBJECT });
  expect(answer).toBe(UNDECIDED);
});

test("a list that is too long is left to the library, which has a budget", () => {
  const items = Array.from({ length: 20_000 }, (_, index) => ({ a: index }));
  expect(direct("object.items.exists(item, item.a == -1)", { items })).toBe(UNDECIDED);
});
