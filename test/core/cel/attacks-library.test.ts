import { describe, expect, test } from "vitest";
import { compileExpression, type Evaluation } from "../../../core/cel/compile.ts";

/** In CPU time, which a busy machine does not stretch: far more than an exceeded budget takes, far less than an attack without one. */
const CPU_LIMIT_MS = 5_000;

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function attack(source: string, object: unknown): Evaluation {
  const compiled = compileExpression(source);
  if (!compiled.ok) throw new Error(compiled.error.message);
  const cluster = { name: "prod", uid: "u1" };
  const started = cpuMs();
  const result = compiled.value.evaluate({ object, cluster, now: "2026-01-01T00:00:00.000Z" });
  expect(cpuMs() - started).toBeLessThan(CPU_LIMIT_MS);
  return result;
}

const SPENT = { outcome: "error", message: expect.stringMatching(/more than 1,000,000 steps/) };
const LONG = "a".repeat(1_000_000);
const WORD = "x".repeat(1_000);

function toItems(count: number): readonly { readonly index: number; readonly text: string }[] {
  return Array.from({ length: count }, (_, index) => ({ index, text: WORD + index }));
}

const NUMBERS = Array.from({ length: 50_000 }, (_, index) => index);
const ITEMS = toItems(5_000);

describe("what a function makes or reads is charged before it is made", () => {
  test.each<[string, string, unknown]>([
    ["replacing by the whole text", "object.t.replace('a', object.t)", { t: LONG }],
    ["inserting everywhere", "object.t.replace('', object.t)", { t: LONG }],
    ["splitting again and again", "object.l.map(a, object.t.split(''))", { l: NUMBERS, t: LONG }],
    ["joining long texts", "object.l.map(a, object.t).join(object.t)", { l: NUMBERS, t: LONG }],
    ["a long range", "lists.range(100000000)", {}],
    ["distinct long texts", "object.l.map(a, a.text).distinct()", { l: ITEMS }],
    ["sorting by long texts", "object.l.sortBy(a, a.text)", { l: toItems(20_000) }],
    ["sets of long texts", "sets.contains(object.l, object.l)", { l: ITEMS.map((a) => a.text) }],
    [
      "long texts inside lists and maps that are compared",
      "object.l.all(a, object.m == object.n)",
      { l: NUMBERS, m: toItems(300), n: toItems(300) },
    ],
    ["writing a large list", "'%s'.format([object.l])", { l: toItems(20_000) }],
    ["many matches", "object.t.findAll('a')", { t: LONG }],
    ["matches of an ambiguous pattern", "object.t.findAll('(a|aa)+$')", { t: `${LONG}b` }],
    ["named time zones", "object.l.all(a, now.getHours('Europe/Berlin') >= 0)", { l: NUMBERS }],
    [
      "times that are read",
      "object.l.all(a, timestamp(object.t) < now)",
      { l: NUMBERS.concat(NUMBERS), t: "2024-01-01T00:00:00Z" },
    ],
    [
      "quantities with large exponents",
      "object.l.all(a, quantity(object.q) == quantity(object.r))",
      { l: NUMBERS, q: "1e-900", r: "1n" },
    ],
    [
      "versions with many labels",
      "object.l.all(a, semver(object.q).major() == 1)",
      { l: NUMBERS, q: `1.2.3-${"a.".repeat(400)}b` },
    ],
    [
      "parameters of a URL",
      "object.l.all(a, url(object.q).getQuery().size() > 0)",
      { l: NUMBERS, q: `http://a/?${"a=b&".repeat(2_000)}` },
    ],
    [
      "formats of long names",
      "object.l.all(a, format.dns1123Subdomain().validate(object.q).hasValue())",
      { l: NUMBERS, q: "a.".repeat(5_000) },
    ],
    [
      "a search from behind",
      "object.l.all(a, object.t.lastIndexOf('ba') == -1)",
      { l: NUMBERS, t: LONG },
    ],
    [
      "maps built of maps",
      "object.l.all(a, object.l.transformMap(i, v, v).size() > 0)",
      { l: toItems(2_000) },
    ],
    ["lists built of lists", "object.l.map(a, [object.l, object.l].flatten())", { l: NUMBERS }],
  ])("%s", (_, source, object) => {
    expect(attack(source, object)).toMatchObject(SPENT);
  });
});

test("a list nested 400 levels deep is flattened and written", () => {
  let nested: unknown = [1];
  for (let level = 0; level < 400; level += 1) nested = [nested];
  expect(attack("object.n.flatten(1000)", { n: nested })).toEqual({
    outcome: "value",
    value: [1],
  });
  expect(attack("'%s'.format([object.n]).size()", { n: nested })).toMatchObject({ value: 803 });
});

test("a search that backtracks elsewhere is linear in the text", () => {
  const object = { t: "x".repeat(20_000) };
  expect(attack("object.t.find('(x+x+)+y')", object)).toEqual({ outcome: "value", value: "" });
});

describe("usual amounts stay within the budget", () => {
  test.each<[string, unknown]>([
    ["object.l.map(a, a.text).sort().size() == 5000", { l: ITEMS }],
    ["object.l.map(a, a.text.find('[0-9]+')).distinct().size() == 100", { l: toItems(100) }],
    [
      "object.t.split(',').map(p, p.trim().lowerAscii()).size() == 5000",
      { t: "A, ".repeat(4_999) },
    ],
    ["object.l.map(a, a.index).sum() == 12497500", { l: ITEMS }],
  ])("%s", (source, object) => {
    expect(attack(source, object)).toEqual({ outcome: "value", value: true });
  });
});
