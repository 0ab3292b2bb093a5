import { expect, test } from "vitest";
import { pickFields } from "../../../core/json/pick-fields.ts";

const OBJECT = {
  spec: { containers: [{ name: "a", image: "x" }, { name: "b" }], paused: true },
  data: { one: "1", two: "2" },
};

test.each([
  ["nothing", [], {}],
  ["a field", [{ path: ["spec", "paused"], whole: true }], { spec: { paused: true } }],
  [
    "a field of each item, and the number of items",
    [{ path: ["spec", "containers", null, "image"], whole: true }],
    { spec: { containers: [{ image: "x" }, {}] } },
  ],
  ["all keys of a map", [{ path: ["data", null], whole: true }], { data: OBJECT.data }],
  [
    "a whole value beside one of its fields",
    [
      { path: ["spec"], whole: true },
      { path: ["spec", "paused"], whole: true },
    ],
    { spec: OBJECT.spec },
  ],
  ["the existence of a map", [{ path: ["data"], whole: false }], { data: {} }],
  ["what is not there", [{ path: ["status", "phase"], whole: true }], {}],
])("keeps %s", (_what, patterns, expected) => {
  expect(pickFields(OBJECT, patterns)).toEqual(expected);
});

test("a key that every object inherits is a key like any other", () => {
  const value: unknown = JSON.parse('{"__proto__": {"a": 1}, "b": 2}');
  const picked = pickFields(value, [{ path: ["__proto__", "a"], whole: true }]);
  expect(JSON.stringify(picked)).toBe('{"__proto__":{"a":1}}');
});
