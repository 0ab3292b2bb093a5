import * as fc from "fast-check";
import { expect, test } from "vitest";
import { withoutValues } from "../../../../adapters/kubernetes/http/without-values.ts";

test.each([
  ['spec.x: Invalid value: "canary": must be y', "spec.x: Invalid value (not shown): must be y"],
  [
    String.raw`Unsupported value: "can\"ary: [": supported values: "Always", "Never"`,
    'Unsupported value (not shown): supported values: "Always", "Never"',
  ],
  [
    "[a: Invalid value: 42: too large, b: Required value]",
    "[a: Invalid value (not shown): too large, b: Required value]",
  ],
  [
    'spec.template: Invalid value: {"env":[{"value":"}canary]"}]}: field is immutable',
    "spec.template: Invalid value (not shown): field is immutable",
  ],
  ['a: Duplicate value: "canary"', "a: Duplicate value (not shown)"],
  ['a: Invalid value: "": must not be empty', 'a: Invalid value: "": must not be empty'],
  ["a: Invalid value: canary: with: colons", "a: Invalid value (not shown): with: colons"],
  ["a: Invalid value: can ary: what is this", "a: Invalid value (not shown)"],
  ['a: Invalid value: "canary', "a: Invalid value (not shown)"],
  ['a: Invalid value: "Invalid value: canary": no', "a: Invalid value (not shown): no"],
  ['jobs.batch "m1" not found', 'jobs.batch "m1" not found'],
])("%s", (message, expected) => {
  expect(withoutValues(message)).toBe(expected);
});

test("no value, as Go or JSON writes it, remains in the message", () => {
  const value = fc.oneof(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(value, fc.boolean(), (inner, isText) => {
      const canary = { canary: ["c4n4ry", inner] };
      const written = isText ? JSON.stringify(JSON.stringify(canary)) : JSON.stringify(canary);
      const told = withoutValues(`x: Invalid value: ${written}: is no y, z: Required value`);
      expect(told).toBe("x: Invalid value (not shown): is no y, z: Required value");
    }),
  );
});

test("a megabyte of open brackets takes linear time", () => {
  const message = `x: Invalid value: ${"[".repeat(1_000_000)}`;
  expect(withoutValues(message)).toBe("x: Invalid value (not shown)");
});
