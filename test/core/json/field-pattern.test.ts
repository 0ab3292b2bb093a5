import { expect, test } from "vitest";
import { formatFieldPattern, parseFieldPattern } from "../../../core/json/field-pattern.ts";
import { isAffected, findReadPaths } from "../../../core/cel/read-paths.ts";

test.each([
  ["data.password", ["data", "password"]],
  ["spec.containers[*].env[*].value", ["spec", "containers", null, "env", null, "value"]],
  ['metadata.annotations["example.com/token"]', ["metadata", "annotations", "example.com/token"]],
  ['data["a[*]b"]', ["data", "a[*]b"]],
])("%s is read, and formatted as it was written", (text, expected) => {
  const parsed = parseFieldPattern(text);
  expect(parsed).toEqual({ ok: true, value: expected });
  expect(formatFieldPattern(expected)).toBe(text);
});

test.each(["", "spec.", ".spec", "spec containers", "spec.containers[]", "spec.containers[0].env"])(
  "%j is refused",
  (text) => {
    expect(parseFieldPattern(text).ok).toBe(false);
  },
);

test.each([
  ["object.data.password == 'x'", true],
  ["object.data['password'] == 'x'", true],
  ["has(object.data.password)", true],
  ["has(object.data.password.deeper)", true],
  ["object.data == {}", true],
  ["size(object.data) == 2", true],
  ["object.data.exists(key, key == 'x')", true],
  ["object.data[change.kind] == 'x'", true],
  ["has(object.data)", false],
  ["object.data.mode == 'x'", false],
  ["object.metadata.name == 'x'", false],
])("a redacted data.password affects %s: %s", (source, expected) => {
  expect(affects(source, "data.password")).toBe(expected);
});

test.each([
  ["object.spec.containers[0].env[1].value == 'x'", true],
  ["object.spec.containers.exists(c, c.env.exists(e, e.value == 'x'))", true],
  ["object.spec.containers.exists(c, c.env.exists(e, e.name == 'x'))", false],
  ["object.spec.containers.exists(c, c.image == 'x')", false],
  ["size(object.spec.containers) > 1", false],
  ["object.spec.containers[0] == {}", true],
  ["object.spec == {}", true],
])("a redacted field of items affects %s: %s", (source, expected) => {
  expect(affects(source, "spec.containers[*].env[*].value")).toBe(expected);
});

test("a path that leads through lists without [*] affects at least as much", () => {
  const source = "object.spec.containers.exists(c, c.env.exists(e, e.value == 'x'))";
  expect(affects(source, "spec.containers.env.value")).toBe(true);
});

function affects(source: string, text: string): boolean {
  const pattern = parseFieldPattern(text);
  const reads = findReadPaths(source);
  if (!pattern.ok || reads === "all") throw new Error("expected paths");
  return reads.some((read) => isAffected(read, pattern.value));
}
