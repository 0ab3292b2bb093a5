import * as fc from "fast-check";
import { expect, test } from "vitest";
import { findNonJson } from "../../../core/json/find-non-json.ts";

test.each([
  [{ a: [Number.NaN] }, ["a", 0]],
  [{ a: new Date(0) }, ["a"]],
  [{ a: { b: 1n } }, ["a", "b"]],
  [new Map(), []],
  [undefined, []],
])("a value that is not JSON is found with its path", (value, path) => {
  expect(findNonJson(value)?.path).toEqual(path);
});

test("any JSON is accepted", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      expect(findNonJson(value)).toBeUndefined();
    }),
  );
});
