import { celEnv, celList, celMap, isCelError, parse, plan, type CelInput } from "@bufbuild/cel";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compileExpression } from "../../../core/cel/compile.ts";

/*
 * An independent implementation of the language, @bufbuild/cel, gives the same answers to random expressions on random objects.
 * Left out is what we do otherwise on purpose: null counts as absent, and a number of an object is calculated with doubles too.
 */

const env = celEnv();

/** The library's values of JSON: whole numbers are ints. */
function toInput(value: unknown): CelInput {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== "object" || value === null) return value as CelInput;
  if (Array.isArray(value)) return celList(value.map(toInput));
  const entries = Object.entries(value).map(([key, item]) => [key, toInput(item)] as const);
  return celMap(new Map(entries));
}

function byLibrary(source: string, object: unknown): unknown {
  const answer = plan(env, parse(source))({ object: toInput(object) });
  return isCelError(answer) ? "failed" : toPlain(answer);
}

function toPlain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  return typeof value === "object" && value !== null ? "composed" : value;
}

function byOurs(source: string, object: unknown): unknown {
  const compiled = compileExpression(source);
  if (!compiled.ok) throw new Error(`${source}: ${compiled.error.message}`);
  const cluster = { name: "prod", uid: "u" };
  const answer = compiled.value.evaluate({ object, cluster, now: "2026-01-01T00:00:00.000Z" });
  return answer.outcome === "value" ? toPlain(answer.value) : "failed";
}

const names = fc.constantFrom("a", "b", "type", "__proto__");
const texts = fc.constantFrom("x", "y", "", "xy", "\u00e9\u{1f600}");
const scalars = fc.oneof(texts, fc.boolean(), fc.constantFrom(0, 1, -1, 0.5, 1e300, 7));

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

const quoted = texts.map((text) => JSON.stringify(text));
const numbers = fc.constantFrom("0", "1", "-1", "9007199254740993", "7");

const { condition } = fc.letrec<{ place: string; operand: string; condition: string }>((tie) => ({
  place: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom("object", "object.a", "object.type", "item", "item.type", "item.b"),
    fc.tuple(tie("place"), fc.constantFrom("a", "b", "type")).map((parts) => parts.join(".")),
    fc.tuple(tie("place"), names).map(([place, name]) => `${place}["${name}"]`),
    fc.tuple(tie("place"), fc.constantFrom("0", "1")).map(([place, index]) => `${place}[${index}]`),
  ),
  operand: fc.oneof(
    tie("place"),
    tie("place"),
    quoted,
    numbers,
    fc.constantFrom("true", "[1, 2]", '["x"]'),
    tie("place").map((place) => `size(${place})`),
    tie("place").map((place) => `${place}.map(item, item.type)`),
    tie("place").map((place) => `${place}.filter(item, item.b == 1)`),
    fc
      .tuple(tie("operand"), fc.constantFrom("+", "-", "*", "/", "%"), numbers)
      .map((parts) => `(${parts.join(" ")})`),
    fc
      .tuple(tie("condition"), tie("operand"), tie("operand"))
      .map(([test, then, otherwise]) => `(${test} ? ${then} : ${otherwise})`),
  ),
  condition: fc.oneof(
    { depthSize: "small" },
    fc
      .tuple(tie("operand"), fc.constantFrom("==", "!=", "<", "<=", ">", ">="), tie("operand"))
      .map((parts) => parts.join(" ")),
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
    fc.tuple(tie("operand"), tie("place")).map(([item, place]) => `${item} in ${place}`),
    tie("condition").map((inner) => `!(true && (${inner}))`),
    fc
      .tuple(tie("condition"), fc.constantFrom("&&", "||"), tie("condition"))
      .map(([left, operator, right]) => `(${left}) ${operator} (${right})`),
    fc
      .tuple(tie("place"), fc.constantFrom("exists", "all", "exists_one"), tie("condition"))
      .map(([place, macro, inner]) => `${place}.${macro}(item, ${inner})`),
  ),
}));

/** `item` is a variable only inside a macro, and macros nest at most twice. */
const expressions = condition
  .map((inner) => (inner.includes("item") ? `object.a.all(item, ${inner})` : inner))
  .filter((source) => compileExpression(source).ok);

const RUNS = Number(process.env["KUBEMEND_PROPERTY_RUNS"] ?? 400);

test(
  "random expressions have the same answer as by another implementation",
  () => {
    let decided = 0;
    fc.assert(
      fc.property(expressions, fc.oneof(shaped, shaped, objects), (source, object) => {
        const answer = byOurs(source, object);
        const expected = byLibrary(source, object);
        // As in Kubernetes, what has no fields does not have this one, and a map no list as a key; to the library both are errors.
        const isLenient = /has\(| in /.test(source) && [answer, expected].includes("failed");
        expect(answer).toEqual(isLenient ? answer : expected);
        if (typeof answer === "boolean") decided += 1;
      }),
      { numRuns: RUNS },
    );
    expect(decided).toBeGreaterThan(RUNS / 10);
  },
  60_000 * Math.ceil(RUNS / 1_000),
);
