import * as fc from "fast-check";
import { expect, test } from "vitest";
import { toCanonicalJson } from "../../../core/json/canonical-json.ts";

test("keys are sorted at every depth, lists are not", () => {
  expect(toCanonicalJson({ b: [2, 1], a: { d: null, c: "x", e: undefined } })).toBe(
    '{"a":{"c":"x","d":null},"b":[2,1]}',
  );
});

test("it is JSON of the same value, and the same text for any order of keys", () => {
  const reverse = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reverse);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .toReversed()
        .map(([key, item]) => [key, reverse(item)]),
    );
  };
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = toCanonicalJson(value);
      expect(text).toBe(toCanonicalJson(reverse(value)));
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
