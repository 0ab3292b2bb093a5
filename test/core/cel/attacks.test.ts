import { describe, expect, test } from "vitest";
import { compileExpression, type Evaluation } from "../../../core/cel/compile.ts";

/**
 * In CPU time, which a busy machine does not stretch: far more than an exceeded budget takes (about 200 ms, some times that under
 * coverage), far less than the attacks would take without one (25 million iterations).
 */
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

function toItems(count: number): readonly unknown[] {
  return Array.from({ length: count }, (_, index) => ({ index, type: `t${index}` }));
}

const SPENT = { outcome: "error", message: expect.stringMatching(/more than 1,000,000 steps/) };
const LONG = "a".repeat(1_000_000);

function nestObjects(depth: number): unknown {
  let nested: unknown = {};
  for (let level = 0; level < depth; level += 1) nested = { a: nested };
  return nested;
}

describe("exceeding the budget is an error of the rule", () => {
  test.each<[string, string, unknown]>([
    [
      "nested macros over a large list",
      "object.l.all(a, object.l.all(b, a.index >= 0 && b.index >= 0))",
      { l: toItems(5_000) },
    ],
    [
      "nested macros over a large map",
      "object.m.all(a, object.m.all(b, a != '' || b != ''))",
      { m: Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, 1])) },
    ],
    [
      "lists that macros build, compared with each other",
      "object.l.map(a, object.l.map(b, b.index)).all(x, x.all(y, y >= 0))",
      { l: toItems(2_000) },
    ],
    [
      "a cheap macro with a costly body",
      `object.l.all(a, a.index in [${Array.from({ length: 400 }, (_, i) => i + 1e6).join(",")}] || true)`,
      { l: toItems(20_000) },
    ],
    [
      "an error that || swallows",
      "object.l.all(a, object.l.all(b, a.index >= b.index || true)) || true",
      { l: toItems(5_000) },
    ],
    [
      "a macro whose errors are swallowed",
      "object.l.exists(a, object.l.exists(b, a.nope == b.nope))",
      { l: toItems(5_000) },
    ],
    [
      "a membership tested again and again",
      "object.l.all(a, !(a.type in object.words))",
      { l: toItems(5_000), words: Array.from({ length: 5_000 }, (_, index) => `w${index}`) },
    ],
    [
      "large objects compared again and again",
      "object.l.all(a, object.big == object.same)",
      { l: toItems(2_000), big: toItems(2_000), same: structuredClone(toItems(2_000)) },
    ],
    [
      "a search whose cost is the product of both lengths",
      "object.text.contains(object.part)",
      { text: LONG, part: `ab${"a".repeat(100_000)}` },
    ],
    [
      "long texts counted again and again",
      "object.l.all(a, size(object.text) > 0)",
      { l: toItems(1_000), text: LONG },
    ],
    ["time zones", "object.l.all(a, now.getHours('Europe/Berlin') >= 0)", { l: toItems(10_000) }],
    ["a pattern on a huge text", "object.text.matches('^(a|aa)+$')", { text: `${LONG}b` }],
  ])("%s", (_, source, object) => {
    expect(attack(source, object)).toMatchObject(SPENT);
  });

  test("the next evaluation has its own budget", () => {
    attack("object.l.all(a, object.l.all(b, true))", { l: toItems(5_000) });
    expect(attack("object.l.size() == 5000", { l: toItems(5_000) })).toMatchObject({ value: true });
  });
});

describe("normal rules stay far within the budget", () => {
  test("two nested macros over a hundred items, and one over ten thousand", () => {
    const source = "object.l.exists(a, object.l.exists(b, a.type == b.type && a.index != b.index))";
    expect(attack(source, { l: toItems(100) })).toEqual({ outcome: "value", value: false });
    expect(attack("object.l.exists(a, a.type == 'none')", { l: toItems(10_000) })).toMatchObject({
      value: false,
    });
  });

  test("lists of many thousands are built and counted", () => {
    const source = "object.l.filter(a, a.index >= 10).map(a, a.type).size()";
    expect(attack(source, { l: toItems(10_000) })).toEqual({ outcome: "value", value: 9_990 });
  });

  test("a built list keeps its items when it is built upon twice", () => {
    const source =
      "[object.l.map(a, a.index)].map(x, [x + [7], x + [8]]).all(y, y[0] == [0, 1, 7] && y[1] == [0, 1, 8])";
    expect(attack(source, { l: toItems(2) })).toEqual({ outcome: "value", value: true });
  });

  test("a message of a hundred kilobytes is searched and matched", () => {
    const object = { text: `${"x ".repeat(50_000)}BackoffLimitExceeded` };
    expect(attack("object.text.contains('BackoffLimit')", object)).toMatchObject({ value: true });
    expect(attack("object.text.matches('Backoff(Limit)?Exceeded$')", object)).toMatchObject({
      value: true,
    });
    expect(attack("size(object.text)", { text: "a😀b" })).toMatchObject({ value: 3 });
  });
});

describe("patterns", () => {
  test.each([
    ["(a+)+$", `${"a".repeat(5_000)}b`],
    ["(x+x+)+y", "x".repeat(5_000)],
    ["^(([a-z])+.)+[A-Z]([a-z])+$", "a".repeat(5_000)],
  ])("%s, which stalls a backtracking engine, is evaluated", (pattern, text) => {
    expect(attack(`object.t.matches('${pattern}')`, { t: text })).toEqual({
      outcome: "value",
      value: false,
    });
  });

  test("one whose automaton grows too large is refused, for each text separately", () => {
    const source = "object.t.matches('(a|b)*a(a|b){14}[^ab]')";
    const random = Array.from({ length: 5_000 }, (_, i) => ((i * 7919) % 13 < 6 ? "a" : "b"));
    const states = Array.from({ length: 15_000 }, (_, i) =>
      Math.floor(Math.abs(Math.sin(i + 1) * 1e4)) % 2 === 0 ? "a" : "b",
    ).join("");
    const first = attack(source, { t: random.join("") });
    expect(attack(source, { t: states })).toMatchObject({
      outcome: "error",
      message: expect.stringMatching(/too many states|steps/),
    });
    expect(attack(source, { t: random.join("") })).toEqual(first);
    expect(attack(source, { t: "aabb" })).toEqual({ outcome: "value", value: false });
  });

  test.each([
    "(((a{30}){30}){30})",
    "a{1000}b{1000}c{1000}d{1000}e{1000}",
    "(\\\\pL|\\\\pN){100}",
    "x".repeat(501),
    "(".repeat(400),
  ])("%s is refused when it is compiled", (pattern) => {
    const started = cpuMs();
    expect(compileExpression(`object.t.matches('${pattern}')`).ok).toBe(false);
    expect(cpuMs() - started).toBeLessThan(CPU_LIMIT_MS);
  });

  test.each([
    "^backup-[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$",
    "(?i)out ?of ?memory|oom-?killed",
    "[[:upper:]]{1,3}\\\\pL{0,10}",
  ])("%s is accepted", (pattern) => {
    expect(compileExpression(`object.t.matches('${pattern}')`).ok).toBe(true);
  });
});

describe("hostile objects", () => {
  test("nested so deep that comparing them overflows the stack", () => {
    const object = { a: nestObjects(50_000), b: nestObjects(50_000) };
    expect(attack("object.a == object.b", object)).toMatchObject({
      outcome: "error",
      message: expect.stringMatching(/nested too deeply|steps/),
    });
    expect(attack("object.a", object)).toMatchObject({ outcome: "error" });
  });

  test("a missing key that is as long as the object", () => {
    const plain = attack("object.map[object.key] == 1", { map: {}, key: LONG });
    expect(plain).toMatchObject({ outcome: "unknown" });
    const key = `${" out of bounds ".repeat(60_000)}\n`;
    const built = attack("object.map[object.key] == 1", { map: {}, key });
    expect(built.outcome).not.toBe("value");
  });

  test("very many digits", () => {
    expect(attack("int(object.t) > 0", { t: "9".repeat(1_000_000) })).toMatchObject({
      outcome: "error",
    });
  });
});

describe("hostile sources", () => {
  test.each([
    ["brackets", "(".repeat(2_000) + "1" + ")".repeat(2_000)],
    ["lists", "[".repeat(2_000) + "]".repeat(2_000)],
    ["conditions", "true ? ".repeat(500) + "1" + " : 1".repeat(500)],
    ["negations", `${"!".repeat(4_000)}true`],
    ["an open text", `object.a == '${"\\\\".repeat(2_000)}`],
    ["maps in maps", "{'a':".repeat(600) + "1" + "}".repeat(600)],
  ])("%s", (_, source) => {
    const started = cpuMs();
    expect(typeof compileExpression(source).ok).toBe("boolean");
    expect(cpuMs() - started).toBeLessThan(CPU_LIMIT_MS);
  });
});
