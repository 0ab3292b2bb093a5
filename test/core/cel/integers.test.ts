import { expect, test } from "vitest";
import { evaluateText } from "../../../core/actions/alert/evaluate-text.ts";
import { compileExpression } from "../../../core/cel/compile.ts";
import { readJson } from "../../../events/json.ts";

const read = readJson(
  '{"odd":9007199254740993,"max":9223372036854775807,"min":-9223372036854775808,"huge":123456789012345678901234567890,"list":[9007199254740993],"small":7}',
);
const bindings = {
  object: read.outcome === "read" ? read.value : undefined,
  cluster: { name: "prod", uid: "u1" },
  now: "2026-01-01T00:10:00.000Z",
};

function evaluate(source: string): unknown {
  const compiled = compileExpression(source);
  if (!compiled.ok) throw new RangeError(compiled.error.message);
  const answer = compiled.value.evaluate(bindings);
  return answer.outcome === "value" ? answer.value : answer;
}

test.each([
  ["object.odd == 9007199254740993", true],
  ["object.odd == 9007199254740992", false],
  ["object.odd != 9007199254740992", true],
  ["object.odd > 9007199254740992", true],
  ["object.odd > object.small", true],
  ["object.odd == object.list[0]", true],
  ["object.max == 9223372036854775807 && object.min < 0", true],
  ["object.list.exists(x, x == 9007199254740993)", true],
  ["object.list.exists(x, x == 9007199254740992)", false],
  ["object.odd - 9007199254740992", 1],
  ["string(object.odd)", "9007199254740993"],
  ["type(object.odd) == int", true],
  ["type(object.huge) == double", true],
  ["has(object.odd)", true],
  ["object.odd in object.list", true],
])("an integer beyond 2^53 is an int of CEL: %s", (source, value) => {
  expect(evaluate(source)).toBe(value);
});

test("a value of CEL beyond 2^53 is written with all its digits", () => {
  expect(JSON.stringify(evaluate("[object.odd, object.max - 1]"))).toBe(
    "[9007199254740993,9223372036854775806]",
  );
  expect(evaluateText("object.odd", bindings)).toBe("9007199254740993");
});

test("fields of an integer are absent, as of any number", () => {
  expect(evaluate("object.odd.rawJSON")).not.toBe("9007199254740993");
});
