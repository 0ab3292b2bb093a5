import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toRawInteger } from "../../../events/json.ts";
import { compareFields, nameFields, toComparedText } from "../../../core/changes/compare-fields.ts";
import { parseFieldPattern, type FieldPattern } from "../../../core/json/field-pattern.ts";

function fields(...texts: readonly string[]): readonly FieldPattern[] {
  return texts.map((text) => {
    const pattern = parseFieldPattern(text);
    if (!pattern.ok) throw new Error(pattern.error);
    return pattern.value;
  });
}

const isEqual = (a: unknown, b: unknown, ...texts: readonly string[]): boolean =>
  toComparedText(a, fields(...texts)) === toComparedText(b, fields(...texts));

describe("compared fields are equal", () => {
  it.each<[string, unknown, unknown, string]>([
    ["if another field differs", { data: { a: "1" }, x: 1 }, { data: { a: "1" }, x: 2 }, "data"],
    ["whatever the order of keys", { data: { a: 1, b: 2 } }, { data: { b: 2, a: 1 } }, "data"],
    ["if neither has the field", { x: 1 }, {}, "data"],
    ["if what contains it is there or not", { spec: {} }, {}, "spec.template"],
    ["if it is null or absent", { data: null }, {}, "data"],
    ["in each item", { s: [{ i: 1, x: 1 }] }, { s: [{ i: 1, x: 2 }] }, "s[*].i"],
    ["in a map, whatever its order", { m: { a: 1, b: 2 } }, { m: { b: 2, a: 1 } }, "m[*]"],
  ])("%s", (_when, a, b, field) => {
    expect(isEqual(a, b, field)).toBe(true);
  });
});

describe("compared fields differ", () => {
  it.each<[string, unknown, unknown, string]>([
    ["if a value does", { data: { a: "1" } }, { data: { a: "2" } }, "data"],
    ["if a key was added", { data: { a: "1" } }, { data: { a: "1", b: "" } }, "data"],
    ["if the field is gone", { data: { a: "1" } }, {}, "data"],
    ["if a key moved to another field", { a: { x: 1 } }, { b: { x: 1 } }, "a"],
    ["if the type of a value does", { data: { a: 1 } }, { data: { a: "1" } }, "data"],
    ["if an item does", { s: [{ i: 1 }, { i: 2 }] }, { s: [{ i: 1 }, { i: 3 }] }, "s[*].i"],
    ["if the order of items does", { s: [{ i: 1 }, { i: 2 }] }, { s: [{ i: 2 }, { i: 1 }] }, "s"],
    ["if a key with dots does", { data: { "a.b": 1 } }, { data: { "a.b": 2 } }, 'data["a.b"]'],
    [
      "beyond 2^53",
      { a: toRawInteger(9007199254740993n) },
      { a: toRawInteger(9007199254740995n) },
      "a",
    ],
  ])("%s", (_when, a, b, field) => {
    expect(isEqual(a, b, field)).toBe(false);
  });

  it("if one of several does", () => {
    expect(isEqual({ data: { a: 1 }, binaryData: { b: 1 } }, { data: { a: 1 } }, "data")).toBe(
      true,
    );
    const both = ["data", "binaryData"] as const;
    expect(isEqual({ data: { a: 1 }, binaryData: { b: 1 } }, { data: { a: 1 } }, ...both)).toBe(
      false,
    );
  });
});

it("any two values have equal texts exactly if they are equal JSON", () => {
  const json = fc.jsonValue({ maxDepth: 4 });
  fc.assert(
    fc.property(json, json, (a, b) => {
      expect(isEqual({ v: [a] }, { v: [copy(a)] }, "v")).toBe(true);
      expect(isEqual({ v: [a] }, { v: [b] }, "v")).toBe(isDeepStrictEqual(copy(a), copy(b)));
    }),
  );
});

/** As JSON, in which -0 is 0. */
const copy = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

it("a set of fields has one name, whatever their order", () => {
  expect(nameFields(fields("data", "binaryData"))).toBe(nameFields(fields("binaryData", "data")));
  expect(nameFields(fields("data"))).not.toBe(nameFields(fields("data", "binaryData")));
});

it("what was digested under another id, or never, is unknown", () => {
  const digests = { id: "x" };
  expect(compareFields({ digests, before: { id: "x" } }, "id")).toBe("no");
  expect(compareFields({ digests, before: { id: "y" } }, "id")).toBe("yes");
  expect(compareFields({ digests, before: { other: "x" } }, "id")).toBe("unknown");
  expect(compareFields({ digests, before: undefined }, "id")).toBe("unknown");
  expect(compareFields({ digests: {}, before: { id: "x" } }, "id")).toBe("unknown");
});
