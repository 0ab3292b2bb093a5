import { describe, expect, test } from "vitest";
import { compileExpression } from "../../../core/cel/compile.ts";

function fault(source: string): { readonly message: string; readonly offset?: number } {
  const compiled = compileExpression(source);
  if (compiled.ok) throw new Error(`${source} has no fault`);
  return compiled.error;
}

describe("a constant that a function refuses is a fault, at the constant, with what would be right", () => {
  test.each([
    ['duration("1d")', 'there is no unit for days, "24h" is the same', 9],
    ['duration("2 weeks")', 'there is no unit for days, "336h" is the same', 9],
    ['duration("5 minutes")', 'it is written "5m"', 9],
    ['duration("30")', '"30s" is in seconds', 9],
    ["duration(90)", 'a duration that is written is a text: duration("90s")', 9],
    ['duration("soon")', "its units are h, m, s, ms, us and ns", 9],
    ['timestamp("2024-02-30T00:00:00Z")', "is not a time such as 2024-01-31T08:00:00Z", 10],
    ['timestamp("2024-01-31")', "2024-01-31T00:00:00Z is the beginning of that day", 10],
    ["timestamp(999999999999)", "the time is not between the years 1 and 9999", 10],
    ['now.getHours("Europe/Berln") > 6', 'there is no time zone "Europe/Berln"', 13],
    ['now.getHours("europe/berlin") > 6', "zones are written Europe/Berlin, UTC or +02:00", 13],
    ['quantity("1GB")', "1Gi is in powers of 1024, 1G in powers of 1000", 9],
    ['quantity("2kb")', "2Ki is in powers of 1024, 2k in powers of 1000", 9],
    ['quantity("much")', '"much" is not a quantity such as 500m or 1.5Gi', 9],
    ['semver("v1.2")', "semver(text, true) takes this form too", 7],
    ['ip("10.0.0")', "is not an IP address such as 10.0.0.1 or fd00::1", 3],
    ['cidr("10.0.0.0/33")', "is not a range of addresses such as 10.0.0.0/8", 5],
    ['url("example.com")', "is not a URL such as https://example.com/", 4],
    ['int("0x1f")', "0x1f without quotes is a number", 4],
    ['int("")', '"" is not a whole number', 4],
    ['double("abc")', '"abc" is not a number', 7],
    ['bool("yes")', '"yes" is neither true nor false', 5],
    ['uint("-1")', '"-1" is not a whole number without a sign', 5],
    ['"%s".format(["a", "b"])', "format has 1 clause, but 2 values", 12],
    ['object.a.matches("(")', "missing closing", 8],
    ['object.a.find("[")', "missing closing", 8],
    ["object.a.findAll(object.b)", "the pattern of findAll must be a literal", 8],
  ])("%s", (source, message, offset) => {
    const found = fault(source);
    expect(found.message).toContain(message);
    expect(found.offset).toBe(offset);
  });

  test("also inside a macro, and where || would swallow it", () => {
    expect(fault('object.l.exists(x, x < duration("1d")) || true').offset).toBe(32);
  });
});

test.each([
  'duration("24h") > duration("90m")',
  'timestamp("2024-02-29T00:00:00Z") < now',
  'now.getHours("Europe/Berlin") >= 0 && now.getHours("-03:30") >= 0 && now.getHours("UTC") >= 0',
  'quantity("1.5Gi").isInteger() || true',
  'semver("v1.2", true).major() == 1',
  "int(object.a) == 1 || duration(object.b) > duration('1s')",
  '"%d%%".format([5]) == "5%"',
])("%s is accepted", (source) => {
  expect(compileExpression(source).ok).toBe(true);
});

describe("an unknown function names those that were probably meant, or what there is", () => {
  test.each([
    ["object.a.lenght()", "unknown function lenght: did you mean size?"],
    ["object.a.length()", "unknown function length: did you mean size?"],
    ["object.a.toLowerCase()", "unknown function toLowerCase: did you mean lowerAscii?"],
    ["object.a.nothingLikeIt()", "the methods are add, asApproximateFloat, asInteger, charAt, "],
    ["object.a.startWith('x')", "unknown function startWith: did you mean startsWith?"],
    ["object.a.includes('x')", "unknown function includes: did you mean contains?"],
    ["object.a.match('x')", "unknown function match: did you mean matches?"],
    ["object.a.any(x, x)", "unknown function any: did you mean exists?"],
    ["durations('1s')", "unknown function durations: did you mean duration?"],
    ["lowerAscii(object.a)", "unknown function lowerAscii: it is written x.lowerAscii()"],
    ["object.a.quantity()", "unknown function quantity: it is written quantity(x)"],
    ["sets.contain([1], [1])", "unknown function sets.contain: did you mean sets.contains?"],
    ["nothingLikeIt(1)", "unknown function nothingLikeIt: the functions are bool, bytes, cidr, "],
    ["object.l.existsOne(x, x > 1)", "existsOne is written list.exists_one(x, condition on x)"],
    [
      "object.l.transformMap(k, 1)",
      "transformMap is written map.transformMap(key, value, new value)",
    ],
    ["object.`a-b`", 'a name in backticks is written ["a-b"], without the dot'],
    ["object.l.all(x, x, x > 1)", "all needs two different variables"],
  ])("%s", (source, message) => {
    expect(fault(source).message).toContain(message);
  });
});
